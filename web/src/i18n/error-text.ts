// A failure for a person. The code of an API error says it in the visitor's language; in English the
// server's own sentence is the same, or more exact.
import { formatIn } from "./format";
import { english, isEnglish, t, translated } from "./translate";

export interface CodedError {
  code: string;
  /** The English sentence. */
  message: string;
  /** Seconds to wait, where the server said so. */
  retryAfter?: number;
}

export function errorText(error: unknown): string {
  if (!isCoded(error)) return t("error.unexpected");
  const { code, message, retryAfter } = error;
  if (code === "rate_limited") return rateLimitText(message, retryAfter);
  if (isEnglish()) return message;
  return translated(`error.${code}`) ?? t("error.unknown");
}

/** Attempts to sign in, messages, or a limit for which the site has a sentence of its own. */
function rateLimitText(message: string, retryAfter: number | undefined): string {
  if (message === english("error.many_messages")) return t("error.many_messages");
  if (message !== english("error.rate_limited")) return message;
  return retryAfter === undefined
    ? t("error.rate_limited")
    : t("error.rate_limited_for", { when: formatIn(retryAfter) });
}

/** Anything else is a fault of ours, which has no sentence. */
function isCoded(error: unknown): error is CodedError {
  return typeof error === "object" && error !== null && "code" in error && "message" in error;
}
