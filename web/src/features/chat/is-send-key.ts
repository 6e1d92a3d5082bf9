// Whether a key press sends the message.
import type { KeyboardEvent } from "react";
import { isComposing } from "../../ui/is-composing";

export function isSendKey({ key, shiftKey, nativeEvent }: KeyboardEvent): boolean {
  return key === "Enter" && !shiftKey && !isComposing(nativeEvent);
}
