// What the chat shows, as data: the thread in view, its messages, and the run under way.
import type { Message, ToolCall, Usage } from "../../protocol/types";

/** A tool call as it is seen: `result` is null while it runs. */
export type ToolUse = Omit<ToolCall, "result"> & { result: ToolCall["result"] | null };

export interface ChatMessage {
  /** Stays the same from the first sight of a message on, also when the server names it. */
  key: string;
  /** The server's id; null while a message is on its way, and for answers until the next load. */
  id: string | null;
  role: Message["role"];
  agent: string | null;
  content: string;
  toolCalls: ToolUse[];
  status: "sending" | "undelivered" | "streaming" | Message["status"];
  truncated: boolean;
  usage: Usage | null;
}

export interface ChatError {
  code: string;
  message: string;
  retryable: boolean;
}

export interface RunInView {
  /** Null until the server has named it. */
  id: string | null;
  /** `stopping`: the reader asked for its end and sees it as ended already. */
  phase: "starting" | "running" | "stopping";
}

export interface ChatState {
  /** Null for a conversation that has not begun. */
  threadId: string | null;
  title: string | null;
  load: "ready" | "loading" | "missing" | "failed";
  messages: ChatMessage[];
  /** Who answers, or will. */
  agent: string | null;
  run: RunInView | null;
  reconnecting: boolean;
  error: ChatError | null;
  /** Text that the server refused: it goes back to the message box. */
  returned: { text: string; key: string } | null;
}

export const EMPTY_CHAT: ChatState = {
  threadId: null,
  title: null,
  load: "ready",
  messages: [],
  agent: null,
  run: null,
  reconnecting: false,
  error: null,
  returned: null,
};

/** Whether a run is under way as far as the reader is concerned. */
export function isAnswering(state: ChatState): boolean {
  return state.run !== null && state.run.phase !== "stopping";
}

/** The agent that handed over to the message at `index`, or null when nobody did. */
export function handedOverBy(messages: ChatMessage[], index: number): string | null {
  const message = messages[index];
  const before = messages[index - 1];
  if (message?.role !== "assistant" || before?.role !== "assistant") return null;
  return before.agent !== null && before.agent !== message.agent ? before.agent : null;
}

/** A stretch in which an agent did nothing but hand over: the separator says it all. */
export function isBareHandoff(message: ChatMessage): boolean {
  return (
    message.role === "assistant" &&
    message.content === "" &&
    message.status === "complete" &&
    message.toolCalls.length > 0 &&
    message.toolCalls.every(isHandoff)
  );
}

/** A handoff that took place; a refused one is a failed tool call like any other. */
export function isHandoff(call: ToolUse): boolean {
  return call.tool.startsWith("handoff_to_") && !call.is_error;
}

/** The sum of what the provider counted; null where it never did. */
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
