import type { SignedOutReason } from "../features/auth/auth-store";
import { SignInForm } from "../features/auth/sign-in-form";
import { useAuth } from "../features/auth/use-auth";
import { useLook } from "../features/site/site-gate";
import { t } from "../i18n/translate";
import { Alert } from "../ui/alert";
import { useSiteId } from "../ui/app-link";
import { BrandMark } from "../ui/brand-mark";
import { Screen } from "../ui/screen";

export function LoginPage() {
  const state = useAuth();
  const { title } = useLook();
  const siteId = useSiteId();
  const notice = state.status === "signed-out" ? noticeOf(state.reason) : null;
  return (
    <Screen label={title}>
      <title>{`${t("auth.sign_in")} · ${title}`}</title>
      <div className="flex flex-col gap-6 rounded-box border border-base-300 bg-base-100 p-6 shadow-card sm:p-8">
        <header className="flex flex-col gap-3">
          <BrandMark className="size-9" />
          <div>
            <h1 className="font-semibold text-xl wrap-break-word">{title}</h1>
            <p className="mt-1 text-muted text-sm">{t("auth.intro")}</p>
          </div>
        </header>
        {notice && <Alert tone="info">{notice}</Alert>}
        <SignInForm siteId={siteId} />
      </div>
    </Screen>
  );
}

function noticeOf(reason: SignedOutReason): string | null {
  switch (reason) {
    case "new":
      return null;
    case "here":
      return t("auth.signed_out");
    case "elsewhere":
      return t("auth.signed_out_elsewhere");
    case "ended":
      return t("auth.session_ended");
  }
}
