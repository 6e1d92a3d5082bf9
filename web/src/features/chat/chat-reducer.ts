// State changes by actions of the user and events of the server. Pure.
import type { RunEvent, ThreadDetail } from "../../protocol/types";
import {
  type ChatError,
  type ChatMessage,
  type ChatState,
  EMPTY_CHAT,
  outgoing,
} from "./chat-state";
import type { OpenInterrupt, PageToolMark } from "./interrupts";
import { changeLast, type EventContext, reduceEvent } from "./run-events";
import { showOlder, showThread } from "./stored-thread";

export type ChatAction =
  | { type: "opened"; threadId: string | null }
  | { type: "loaded"; thread: ThreadDetail; markOf: (interruptId: string) => PageToolMark }
  | { type: "load_failed"; missing: boolean; error: ChatError }
  | { type: "older_wanted" }
  | { type: "older_loaded"; thread: ThreadDetail }
  | { type: "older_failed" }
  /** `before`: the messages it follows, or replaces one of. */
  | {
      type: "sent";
      key: string;
      text: string;
      before: ChatMessage[];
      replaceFrom: string | null;
    }
  /** All interrupts are answered, and the answers are being sent. */
  | { type: "resuming" }
  | { type: "attached"; runId: string }
  | { type: "event"; event: RunEvent; context: EventContext }
  | { type: "interrupt"; open: OpenInterrupt }
  | { type: "reconnecting"; value: boolean }
  | { type: "stopping" }
  /** The server refused it: restores the state before sending, with the text back in the box. */
  | { type: "refused"; before: ChatMessage[]; key: string; text: string; error: ChatError | null }
  /** The server may or may not have it: it can be sent again under the same key. */
  | { type: "undelivered"; error: ChatError }
  /** A message that was not delivered before a reload or a switch of threads. */
  | { type: "restored"; key: string; text: string; replaceFrom: string | null; error: ChatError }
  | { type: "returned"; key: string; text: string }
  | { type: "run_left"; error: ChatError | null };

export function reduceChat(state: ChatState, action: ChatAction): ChatState {
  switch (action.type) {
    case "opened":
      return {
        ...EMPTY_CHAT,
        threadId: action.threadId,
        load: action.threadId === null ? "ready" : "loading",
      };
    case "loaded":
      return showThread(state, action.thread, action.markOf);
    case "load_failed":
      return {
        ...state,
        // A thread that was deleted elsewhere is no longer shown.
        messages: action.missing ? [] : state.messages,
        load: action.missing ? "missing" : "failed",
        error: action.error,
      };
    case "older_wanted":
      return { ...state, older: "loading" };
    case "older_loaded":
      return showOlder(state, action.thread);
    case "older_failed":
      return { ...state, older: "failed" };
    case "sent":
      return {
        ...state,
        messages: [
          ...cutFrom(leaveOpen(action.before), action.replaceFrom),
          outgoing(action.key, action.text),
        ],
        run: { id: null, phase: "starting" },
        notices: [],
        interrupts: [],
        error: null,
        returned: null,
      };
    case "resuming":
      return { ...state, run: { id: null, phase: "starting" }, notices: [], error: null };
    case "attached":
      return { ...state, run: { id: action.runId, phase: "running" }, error: null };
    case "event":
      return reduceEvent(state, action.event, action.context);
    case "interrupt": {
      const { open } = action;
      const interrupts = state.interrupts.map((known) =>
        known.interrupt.id === open.interrupt.id ? open : known,
      );
      return { ...state, interrupts };
    }
    case "reconnecting":
      return state.reconnecting === action.value ? state : { ...state, reconnecting: action.value };
    case "stopping":
      return state.run ? { ...state, run: { ...state.run, phase: "stopping" } } : state;
    case "refused":
      return {
        ...state,
        messages: action.before,
        run: null,
        reconnecting: false,
        error: action.error,
        returned: { text: action.text, key: action.key },
      };
    case "undelivered":
      return {
        ...state,
        messages: state.messages.map((message) =>
          message.status === "sending" ? { ...message, status: "undelivered" } : message,
        ),
        run: null,
        reconnecting: false,
        error: action.error,
      };
    case "restored":
      return {
        ...state,
        messages: [
          ...cutFrom(state.messages, action.replaceFrom),
          { ...outgoing(action.key, action.text), status: "undelivered" },
        ],
        error: action.error,
      };
    case "returned":
      return { ...state, returned: { key: action.key, text: action.text } };
    case "run_left":
      return { ...state, run: null, reconnecting: false, error: action.error ?? state.error };
  }
}

/** Stops an answer in progress without waiting for its last events. */
function leaveOpen(messages: ChatMessage[]): ChatMessage[] {
  return changeLast(messages, (message) =>
    message.status === "streaming" ? { ...message, status: "cancelled" } : message,
  );
}

function cutFrom(messages: ChatMessage[], id: string | null): ChatMessage[] {
  if (id === null) return messages;
  const at = messages.findIndex((message) => message.id === id);
  return at === -1 ? messages : messages.slice(0, at);
}
