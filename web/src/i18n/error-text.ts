// An error of the API for a person. Its code says it in the visitor's language; in English the
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

export function errorText({ code, message, retryAfter }: CodedError): string {
  if (code === "rate_limited" && retryAfter !== undefined) {
    return t("error.rate_limited_for", { when: formatIn(retryAfter) });
  }
  if (isEnglish()) return message;
  return translated(`error.${code}`) ?? t("error.unknown");
}
