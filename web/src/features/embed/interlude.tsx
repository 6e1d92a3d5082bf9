// Shown in a frame while the chat cannot be.
import { errorText } from "../../i18n/error-text";
import { t } from "../../i18n/translate";
import { Alert } from "../../ui/alert";
import { Button } from "../../ui/button";
import { Screen, WaitingScreen } from "../../ui/screen";
import type { EmbedPhase } from "./embed-store";

export function Interlude({ phase, onRetry }: { phase: EmbedPhase; onRetry: () => void }) {
  const retry = (label: string) => (
    <Button small onClick={onRetry}>
      {label}
    </Button>
  );
  switch (phase.name) {
    case "silent":
      return (
        <Screen>
          <Alert tone="warning">{t("embed.silent")}</Alert>
        </Screen>
      );
    case "refused":
      return (
        <Screen>
          <Alert>{t("site.not_set_up")}</Alert>
        </Screen>
      );
    case "failed":
      return (
        <Screen>
          <Alert actions={retry(t("ui.try_again"))}>
            {phase.error ? errorText(phase.error) : t("embed.failed")}
          </Alert>
        </Screen>
      );
    case "not-kept":
      return (
        <Screen>
          <Alert actions={retry(t("ui.try_again"))}>{t("embed.not_kept")}</Alert>
        </Screen>
      );
    case "signed-out":
      return (
        <Screen>
          <Alert tone="info" actions={retry(t("embed.start_again"))}>
            {t("embed.signed_out")}
          </Alert>
        </Screen>
      );
    default:
      return <WaitingScreen />;
  }
}
