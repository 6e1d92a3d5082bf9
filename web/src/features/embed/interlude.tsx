// Shown in a frame while the chat cannot be.
import { errorText } from "../../i18n/error-text";
import { t } from "../../i18n/translate";
import { Button } from "../../ui/button";
import { MessageScreen } from "../../ui/message-screen";
import { WaitingScreen } from "../../ui/screen";
import type { EmbedPhase } from "./embed-store";

export function Interlude({ phase, onRetry }: { phase: EmbedPhase; onRetry: () => void }) {
  const retry = (label: string) => (
    <Button small onClick={onRetry}>
      {label}
    </Button>
  );
  switch (phase.name) {
    case "silent":
      return <MessageScreen tone="warning">{t("embed.silent")}</MessageScreen>;
    case "refused":
      return <MessageScreen>{t("site.not_set_up")}</MessageScreen>;
    case "failed":
      return (
        <MessageScreen actions={retry(t("ui.try_again"))}>
          {phase.error ? errorText(phase.error) : t("embed.failed")}
        </MessageScreen>
      );
    case "not-kept":
      return (
        <MessageScreen actions={retry(t("ui.try_again"))}>{t("embed.not_kept")}</MessageScreen>
      );
    case "signed-out":
      return (
        <MessageScreen tone="info" actions={retry(t("embed.start_again"))}>
          {t("embed.signed_out")}
        </MessageScreen>
      );
    default:
      return <WaitingScreen />;
  }
}
