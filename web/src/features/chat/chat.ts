// The chat's interface for pages. ChatStore implements it; PendingChat stands in until it is
// loaded.
import type { StoreApi } from "zustand/vanilla";
import type { ChatState } from "./chat-state";
import type { Choice } from "./interrupts";

export interface Chat extends Omit<StoreApi<ChatState>, "setState"> {
  /** Shows a thread, or an empty conversation for null. */
  open(threadId: string | null): void;
  /** Loads the previous page of messages. */
  loadOlder(): void;
  /** Sends a message; false during a run or if it is blank. */
  send(text: string): boolean;
  /** Replaces a message of the user and everything after it. */
  edit(messageId: string, text: string): boolean;
  /** Generates the last answer again. */
  regenerate(): boolean;
  /** After a failure: sends an undelivered message again, or generates the answer again. */
  retry(): boolean;
  /** Stops the live run: at once for the user, a moment later on the server. */
  stop(): void;
  /** Decides an interrupt. */
  choose(interruptId: string, choice: Choice): void;
}
