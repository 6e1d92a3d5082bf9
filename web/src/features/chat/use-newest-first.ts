// The messages to draw: when a conversation opens, its newest are drawn first, and those above them
// when the page has time.
import { startTransition, useEffect, useState } from "react";
import type { ChatMessage } from "./chat-state";

/** More than a large screen shows. */
const NEWEST = 20;

/** `view` names the conversation and whether it is loaded. */
export function useNewestFirst(view: string, messages: ChatMessage[]): ChatMessage[] {
  const [whole, setWhole] = useState(view);
  useEffect(() => {
    startTransition(() => setWhole(view));
  }, [view]);
  return whole === view || messages.length <= NEWEST ? messages : messages.slice(-NEWEST);
}
