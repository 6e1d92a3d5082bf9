// Shows the app only on a site that may show it, and provides the site's appearance to the pages.
import { createContext, type ReactNode, useContext, useEffect } from "react";
import { useStore } from "zustand/react";
import { errorText } from "../../i18n/error-text";
import { useLocale } from "../../i18n/locale";
import { t } from "../../i18n/translate";
import { MessageScreen } from "../../ui/message-screen";
import { RetryAlert } from "../../ui/retry-alert";
import { Screen, WaitingScreen } from "../../ui/screen";
import type { Look, SiteStore } from "./site-store";

const LookContext = createContext<Look | null>(null);

export function useLook(): Look {
  const look = useContext(LookContext);
  if (!look) throw new Error("useLook is used outside SiteGate");
  return look;
}

export function SiteGate({ store, children }: { store: SiteStore; children: ReactNode }) {
  const state = useStore(store);
  const language = useLocale();
  useEffect(() => void store.load(), [store]);
  useEffect(() => store.speak(language), [store, language]);

  if (state.status === "loading") return <WaitingScreen />;
  if (state.status === "unknown") return <NotSetUp />;
  if (state.status === "unreachable") {
    return (
      <Screen>
        <RetryAlert onRetry={() => void store.load()}>
          <h1>{errorText(state.error)}</h1>
        </RetryAlert>
      </Screen>
    );
  }
  return <LookContext value={state.look}>{children}</LookContext>;
}

function NotSetUp() {
  return <MessageScreen tone="warning">{t("site.not_set_up")}</MessageScreen>;
}
