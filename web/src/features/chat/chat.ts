// What a page can do with the chat. ChatStore does it; PendingChat stands in until that is fetched.
import type { StoreApi } from "zustand/vanilla";
import type { ChatState } from "./chat-state";
import type { Choice } from "./interrupts";

export interface Chat extends Omit<StoreApi<ChatState>, "setState"> {
  /** Shows a thread unless it is in view, or (null) a conversation without messages. */
  open(threadId: string | null): void;
  /** Loads the page of messages before those on the page. */
  loadOlder(): void;
  /** Sends a message; false while a run is under way or when there is nothing to read in it. */
  send(text: string): boolean;
  /** Replaces one of the user's messages and everything after it. */
  edit(messageId: string, text: string): boolean;
  /** Asks for the last answer again. */
  regenerate(): boolean;
  /** After a failure: sends again what was not delivered, or asks for the answer again. */
  retry(): boolean;
  /** Ends the run under way: at once for the reader, a moment later on the server. */
  stop(): void;
  /** Decides an interrupt. */
  choose(interruptId: string, choice: Choice): void;
}
