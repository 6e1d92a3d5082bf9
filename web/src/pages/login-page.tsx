// Sign-in.
import { SignInForm } from "../features/auth/sign-in-form";
import { useAuth } from "../features/auth/use-auth";
import { useLook } from "../features/site/site-gate";
import { Alert } from "../ui/alert";
import { useSiteId } from "../ui/app-link";
import { BrandMark } from "../ui/brand-mark";
import { Screen } from "../ui/screen";

const NOTICES = {
  new: null,
  here: "You are signed out.",
  elsewhere: "You were signed out in another tab.",
  ended: "Your session has ended. Sign in again to go on; what you were typing is kept.",
} as const;

export function LoginPage() {
  const state = useAuth();
  const { title } = useLook();
  const siteId = useSiteId();
  const notice = state.status === "signed-out" ? NOTICES[state.reason] : null;
  return (
    <Screen label={title}>
      <title>{`Sign in · ${title}`}</title>
      <div className="flex flex-col gap-6 rounded-box border border-base-300 bg-base-100 p-6 shadow-card sm:p-8">
        <header className="flex flex-col gap-3">
          <BrandMark className="size-9" />
          <div>
            <h1 className="font-semibold text-xl wrap-break-word">{title}</h1>
            <p className="mt-1 text-muted text-sm">Sign in with the passcode you were given.</p>
          </div>
        </header>
        {notice && <Alert tone="info">{notice}</Alert>}
        <SignInForm siteId={siteId} />
      </div>
    </Screen>
  );
}
