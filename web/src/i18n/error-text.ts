// A failure for a person. The code of an API error says it in the visitor's language; in English the
// server's own sentence is the same, or more exact.
import { formatIn } from "./format";
import { isEnglish, t, translated } from "./translate";

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
  if (code === "rate_limited" && retryAfter !== undefined) {
    return t("error.rate_limited_for", { when: formatIn(retryAfter) });
  }
  if (isEnglish()) return message;
  return translated(`error.${code}`) ?? t("error.unknown");
}

/** Anything else is a fault of ours, which has no sentence. */
function isCoded(error: unknown): error is CodedError {
  return typeof error === "object" && error !== null && "code" in error && "message" in error;
}
