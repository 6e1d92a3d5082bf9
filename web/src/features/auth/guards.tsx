// Guards decide who may see a page. A guard keeps the visitor's destination in the history entry's
// state, which survives a reload and only names paths of this app.
import { Navigate, Outlet, useLocation } from "react-router";
import { errorText } from "../../i18n/error-text";
import { framePath } from "../../ui/app-link";
import { RetryAlert } from "../../ui/retry-alert";
import { Screen, WaitingScreen } from "../../ui/screen";
import { useSessionEnded } from "../../ui/session-ended";
import type { SignedOutReason } from "./auth-store";
import { useAuth, useAuthStore } from "./use-auth";

/** Signing out deleted the conversation in view, so the next sign-in begins a new one. */
const leftByChoice = (reason: SignedOutReason) => reason === "here" || reason === "elsewhere";

/** The visitor's destination before a guard redirected them; /chat if none. */
export function useWanted(): string {
  const state: unknown = useLocation().state;
  const from = typeof state === "object" && state !== null && "from" in state ? state.from : null;
  return typeof from === "string" && /^\/chat(\/[\w-]{1,64})?$|^\/settings$/.test(from)
    ? from
    : "/chat";
}

export function RequireSession() {
  const state = useAuth();
  const { pathname, search } = useLocation();
  if (state.status === "loading") return <WaitingScreen />;
  if (state.status === "unreachable") return <Unreachable />;
  if (state.status === "signed-out") {
    const from = leftByChoice(state.reason) ? undefined : pathname;
    const ended = state.reason === "ended";
    return <Navigate to={framePath("/login", search)} replace state={{ from, ended }} />;
  }
  return <Outlet key={state.generation} />;
}

export function RequireKey() {
  const state = useAuth();
  const ended = useSessionEnded();
  const { pathname, search } = useLocation();
  if (state.status === "signed-in" && !state.session.has_api_key) {
    const entry = { from: pathname, ended };
    return <Navigate to={framePath("/settings", search)} replace state={entry} />;
  }
  return <Outlet />;
}

export function RequireStranger() {
  const state = useAuth();
  const wanted = useWanted();
  const ended = useSessionEnded();
  const { pathname, search } = useLocation();
  if (state.status === "loading") return <WaitingScreen />;
  if (state.status === "unreachable") return <Unreachable />;
  if (state.status === "signed-in") {
    return <Navigate to={framePath(wanted, search)} replace state={{ ended }} />;
  }
  if (leftByChoice(state.reason) && (ended || wanted !== "/chat")) {
    // It seemed to be an expiry, and was a sign-out in another tab.
    return <Navigate to={pathname + search} replace />;
  }
  return <Outlet />;
}

function Unreachable() {
  const store = useAuthStore();
  const state = useAuth();
  if (state.status !== "unreachable") return null;
  return (
    <Screen>
      <RetryAlert onRetry={() => void store.refresh()}>
        <h1>{errorText(state.error)}</h1>
      </RetryAlert>
    </Screen>
  );
}
