// Why the last run failed, in the server's words, and what to do.

import { errorText } from "../../i18n/error-text";
import { t } from "../../i18n/translate";
import { Alert } from "../../ui/alert";
import { AppLink } from "../../ui/app-link";
import { Button } from "../../ui/button";
import type { ChatError } from "./chat-state";

/** A different key, or more credit, fixes these. */
const KEY_CODES = ["provider_auth", "provider_quota", "api_key_required"];

export interface ChatErrorAlertProps {
  error: ChatError;
  /** Whether the key is the visitor's own, to be changed in the settings, and not the site's. */
  ownKey: boolean;
  /** Whether the message's text is back in the box, so that sending it is the retry. */
  returned: boolean;
  onRetry: () => void;
  from: string;
}

export function ChatErrorAlert({ error, ownKey, returned, onRetry, from }: ChatErrorAlertProps) {
  const settings = settingsLink(error.code);
  const retry = !returned && (error.retryable || settings !== null);
  return (
    <Alert
      className="mt-2"
      actions={
        <>
          {settings !== null && ownKey && (
            <AppLink
              to="/settings"
              state={{ from }}
              className="btn btn-sm border-line bg-base-100 font-medium"
            >
              {settings}
            </AppLink>
          )}
          {retry && (
            <Button small onClick={onRetry}>
              {t("ui.try_again")}
            </Button>
          )}
        </>
      }
    >
      {settings !== null && !ownKey ? t("error.site_not_set_up") : errorText(error)}
    </Alert>
  );
}

function settingsLink(code: string): string | null {
  if (KEY_CODES.includes(code)) return t("chat.change_key");
  return code === "model_not_found" ? t("chat.change_model") : null;
}
