// What went wrong, for a person: the server's sentence, with the wait in words where it named one.
import { toApiError } from "../../api/http";
import { formatWait } from "../../ui/format";

export function sentence(error: unknown): string {
  const { code, message, retryAfter } = toApiError(error);
  if (code === "rate_limited" && retryAfter !== undefined) {
    return `Too many attempts. Try again in ${formatWait(retryAfter)}.`;
  }
  return message;
}
