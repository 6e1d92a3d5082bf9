// The chat's interface for pages. ChatStore implements it; PendingChat stands in until it is
// loaded.
import type { StoreApi } from "zustand/vanilla";
import type { ChatState } from "./chat-state";
import type { Choice } from "./interrupts";

export interface Chat extends Omit<StoreApi<ChatState>, "setState"> {
  /** Null shows an empty conversation. */
  open(threadId: string | null): void;
  loadOlder(): void;
  /** False during a run or if it is blank. */
  send(text: string): boolean;
  /** Also replaces everything after it. */
  edit(messageId: string, text: string): boolean;
  regenerate(): boolean;
  /** Sends an undelivered message again, or generates the answer again. */
  retry(): boolean;
  /** Stops the live run: at once for the user, a moment later on the server. */
  stop(): void;
  choose(interruptId: string, choice: Choice): void;
}
