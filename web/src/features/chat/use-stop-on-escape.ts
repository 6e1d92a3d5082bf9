// Escape stops a run wherever the focus is, unless something else uses the key first.
import { useEffect } from "react";
import { isComposing } from "../../ui/is-composing";
import type { Chat } from "./chat";

export function useStopOnEscape(chat: Chat, answering: boolean): void {
  useEffect(() => {
    if (!answering) return;
    const stop = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || event.defaultPrevented || isComposing(event)) return;
      if (document.querySelector("dialog[open]")) return;
      // The widget around the frame must not close on the same key press.
      event.preventDefault();
      chat.stop();
    };
    document.addEventListener("keydown", stop);
    return () => document.removeEventListener("keydown", stop);
  }, [chat, answering]);
}
