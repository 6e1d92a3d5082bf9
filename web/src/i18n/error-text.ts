// The message for a failure. The code of an API error selects it in the visitor's language; in
// English the server's own message is the same, or more precise.
import { formatIn } from "./format";
import { english, isEnglish, t, translated } from "./translate";

export interface CodedError {
  code: string;
  message: string;
  /** Seconds to wait, if the server said so. */
  retryAfter?: number;
}

export function errorText(error: unknown): string {
  if (!isCoded(error)) return t("error.unexpected");
  const { code, message, retryAfter } = error;
  if (code === "rate_limited") return rateLimitText(message, retryAfter);
  if (isEnglish()) return message;
  return translated(`error.${code}`) ?? t("error.unknown");
}

/** Sign-in attempts, messages, or a limit for which the site has its own message. */
function rateLimitText(message: string, retryAfter: number | undefined): string {
  const when = retryAfter === undefined ? null : formatIn(retryAfter);
  switch (message) {
    case english("error.many_messages"):
      return when === null ? t("error.many_messages") : t("error.many_messages_for", { when });
    case english("error.rate_limited"):
      return when === null ? t("error.rate_limited") : t("error.rate_limited_for", { when });
    default:
      return message;
  }
}

/** Any other failure is an internal error without a message. */
function isCoded(error: unknown): error is CodedError {
  return typeof error === "object" && error !== null && "code" in error && "message" in error;
}
