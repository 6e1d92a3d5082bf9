// Converts request failures to the errors that the chat shows.
import { ApiError } from "../../api/http";
import { t } from "../../i18n/translate";
import type { ChatError } from "./chat-state";

export function toChatError(error: unknown): ChatError {
  if (error instanceof ApiError) {
    const { code, message, status, retryAfter } = error;
    const retryable = status === 0 || status === 429 || status >= 500;
    return { code, message, retryable, ...(retryAfter !== undefined && { retryAfter }) };
  }
  return { code: "internal_error", message: t("error.internal_error"), retryable: true };
}

/** For a message that is still in the outbox when its thread is opened. */
export function notDelivered(): ChatError {
  return { code: "offline", message: t("error.offline"), retryable: true };
}
