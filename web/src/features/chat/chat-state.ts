// The state of the chat: the thread in view, its messages, and the live run.
import type { Message, NoticeCode, ToolCall, Usage } from "../../protocol/types";
import type { OpenInterrupt } from "./interrupts";

/** A tool call; `result` is null while it runs. */
export type ToolUse = ToolCall;

/** The model's reasoning before its answer. */
export interface Thought {
  text: string;
  /** When it began, in milliseconds; null if this page did not see that. */
  since: number | null;
  /** Whole seconds it took; null while it continues, and if this page did not see that. */
  seconds: number | null;
}

export interface ChatMessage {
  /** Constant from the first time a message is shown, even when the server assigns its id. */
  key: string;
  /** The server's id; null while a message is being sent, and for answers until the next load. */
  id: string | null;
  role: Message["role"];
  agent: string | null;
  content: string;
  thought: Thought | null;
  toolCalls: ToolUse[];
  status: "sending" | "undelivered" | "streaming" | Message["status"];
  truncated: boolean;
  usage: Usage | null;
}

export interface ChatError {
  code: string;
  message: string;
  retryable: boolean;
  /** Seconds to wait before a retry, if the server said so. */
  retryAfter?: number;
}

export interface Notice {
  code: NoticeCode;
  message: string;
}

export interface RunInView {
  id: string | null;
  /** `stopping`: the user stopped it, and it is shown as ended. */
  phase: "starting" | "running" | "stopping";
}

export interface ChatState {
  threadId: string | null;
  title: string | null;
  load: "ready" | "loading" | "missing" | "failed";
  messages: ChatMessage[];
  /** The message before which the next page of older ones ends; null if all are shown. */
  nextBefore: string | null;
  older: "idle" | "loading" | "failed";
  agent: string | null;
  run: RunInView | null;
  reconnecting: boolean;
  notices: Notice[];
  interrupts: OpenInterrupt[];
  error: ChatError | null;
  /** A text that was not sent and returns to the message box. */
  returned: { text: string; key: string } | null;
}

export const EMPTY_CHAT: ChatState = {
  threadId: null,
  title: null,
  load: "ready",
  messages: [],
  nextBefore: null,
  older: "idle",
  agent: null,
  run: null,
  reconnecting: false,
  notices: [],
  interrupts: [],
  error: null,
  returned: null,
};

/** A user's message that the server does not have yet. */
export function outgoing(key: string, text: string): ChatMessage {
  return {
    key,
    id: null,
    role: "user",
    agent: null,
    content: text,
    thought: null,
    toolCalls: [],
    status: "sending",
    truncated: false,
    usage: null,
  };
}

export function isAnswering(state: ChatState): boolean {
  return state.run !== null && state.run.phase !== "stopping";
}

/** The agent that handed over to the message at `index`, or null. */
export function handedOverBy(messages: ChatMessage[], index: number): string | null {
  const message = messages[index];
  const before = messages[index - 1];
  if (message?.role !== "assistant" || before?.role !== "assistant") return null;
  return before.agent !== null && before.agent !== message.agent ? before.agent : null;
}

/** Whether an agent did nothing but hand over, which the separator shows. */
export function isBareHandoff(message: ChatMessage): boolean {
  return (
    message.role === "assistant" &&
    message.content === "" &&
    message.thought === null &&
    message.status === "complete" &&
    message.toolCalls.length > 0 &&
    message.toolCalls.every(isHandoff)
  );
}

/** Whether a handoff took place; a refused one is shown as a failed call. */
export function isHandoff(call: ToolUse): boolean {
  return call.tool.startsWith("handoff_to_") && !call.is_error;
}

/** Null if none were reported. */
export function threadUsage(messages: ChatMessage[]): Usage | null {
  return messages.reduce<Usage | null>(
    (sum, { usage }) =>
      usage === null
        ? sum
        : {
            input_tokens: (sum?.input_tokens ?? 0) + usage.input_tokens,
            output_tokens: (sum?.output_tokens ?? 0) + usage.output_tokens,
          },
    null,
  );
}
