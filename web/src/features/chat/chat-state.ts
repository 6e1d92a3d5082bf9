// What the chat shows, as data: the thread in view, its messages, and the run under way.
import type { Message, NoticeCode, ToolCall, Usage } from "../../protocol/types";
import type { OpenInterrupt } from "./interrupts";

/** A tool call as it is shown: `result` is null while it runs. */
export type ToolUse = ToolCall;

/** What a model thought before it answered. */
export interface Thought {
  text: string;
  /** When it began, in milliseconds; null when it was not watched. */
  since: number | null;
  /** Whole seconds it took; null while it goes on, and when it was not watched. */
  seconds: number | null;
}

export interface ChatMessage {
  /** Stays the same from the first sight of a message on, also when the server names it. */
  key: string;
  /** The server's id; null for messages on their way, and for answers until the next load. */
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
  /** Seconds to wait before trying again, where the server said so. */
  retryAfter?: number;
}

export interface Notice {
  code: NoticeCode;
  message: string;
}

export interface RunInView {
  /** Null until the server has named it. */
  id: string | null;
  /** `stopping`: the reader asked for its end and sees it as ended. */
  phase: "starting" | "running" | "stopping";
}

export interface ChatState {
  /** Null in a conversation that has not begun. */
  threadId: string | null;
  title: string | null;
  load: "ready" | "loading" | "missing" | "failed";
  messages: ChatMessage[];
  /** The message that the next page of older ones ends before; null when all are shown. */
  nextBefore: string | null;
  older: "idle" | "loading" | "failed";
  /** The agent that answers or will answer. */
  agent: string | null;
  run: RunInView | null;
  reconnecting: boolean;
  notices: Notice[];
  /** What the thread waits for. */
  interrupts: OpenInterrupt[];
  error: ChatError | null;
  /** Text that was not sent and goes back to the message box. */
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

/** A user's message before the server has it. */
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

/** Whether a run is under way as the reader sees it. */
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

/** A message in which an agent only handed over: the separator shows that. */
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

/** A handoff that took place; a refused one is a failed tool call like any other. */
export function isHandoff(call: ToolUse): boolean {
  return call.tool.startsWith("handoff_to_") && !call.is_error;
}

/** The sum of the provider's counts; null when there are none. */
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
