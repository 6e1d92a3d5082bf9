// State changes by events of a run. Pure.
import type { RunEvent } from "../../protocol/types";
import {
  type ChatMessage,
  type ChatState,
  outgoing,
  type Thought,
  type ToolUse,
} from "./chat-state";
import { type OpenInterrupt, openInterrupt, type PageToolMark } from "./interrupts";

/** `now` is in milliseconds. `markOf` returns the page tools that this tab runs. */
export interface EventContext {
  now: number;
  markOf: (interruptId: string) => PageToolMark;
}

export function reduceEvent(state: ChatState, event: RunEvent, context: EventContext): ChatState {
  if (event.type === "reasoning_delta") return withThought(state, event.delta, context.now);
  const settled = endThought(state, context.now);
  switch (event.type) {
    case "user_message":
      return {
        ...settled,
        threadId: event.thread_id,
        run: named(state, event.run_id),
        interrupts: [],
        messages: placeUserMessage(settled.messages, event.message),
      };
    case "resumed":
      return {
        ...settled,
        run: named(state, event.run_id),
        interrupts: [],
        messages: upToInterrupted(settled.messages),
      };
    case "agent_updated":
      return {
        ...settled,
        agent: event.agent,
        messages: [...closeAnswer(settled.messages), newAnswer(settled, event.agent)],
      };
    case "content_delta":
      return inAnswer(settled, (message) => ({
        ...message,
        content: message.content + event.delta,
      }));
    case "tool_call": {
      const { id, tool, arguments: args, origin } = event;
      const call: ToolUse = { id, tool, arguments: args, origin, result: null, is_error: false };
      return inAnswer(settled, (message) => ({
        ...message,
        toolCalls: [...message.toolCalls, call],
      }));
    }
    case "tool_result":
      return { ...settled, messages: withResult(settled.messages, event) };
    case "notice": {
      const { code, message } = event;
      const others = settled.notices.filter((notice) => notice.code !== code);
      return { ...settled, notices: [...others, { code, message }] };
    }
    case "error": {
      const { code, message, retryable } = event;
      return { ...settled, error: { code, message, retryable } };
    }
    case "done": {
      const status = event.status === "completed" ? "complete" : event.status;
      return {
        ...settled,
        run: null,
        reconnecting: false,
        interrupts: opened(event.interrupts ?? [], context),
        messages: changeLast(settled.messages, (message) =>
          message.status === "streaming"
            ? { ...message, status, truncated: event.truncated, usage: event.usage }
            : message,
        ),
      };
    }
  }
}

export function changeLast(
  messages: ChatMessage[],
  change: (message: ChatMessage) => ChatMessage,
): ChatMessage[] {
  const last = messages.at(-1);
  if (last === undefined) return messages;
  const changed = change(last);
  return changed === last ? messages : [...messages.slice(0, -1), changed];
}

function opened(
  interrupts: readonly OpenInterrupt["interrupt"][],
  { markOf }: EventContext,
): OpenInterrupt[] {
  return interrupts.map((interrupt) => openInterrupt(interrupt, markOf(interrupt.id)));
}

function named(state: ChatState, id: string): ChatState["run"] {
  return { id, phase: state.run?.phase === "stopping" ? "stopping" : "running" };
}

function newAnswer(state: ChatState, agent: string): ChatMessage {
  // A run has few answers: its id and the position in the list identify one.
  const key = `${state.run?.id ?? "run"}.${state.messages.length}`;
  return { ...outgoing(key, ""), role: "assistant", agent, status: "streaming" };
}

/**
 * Where the page shows it as sent, or where a stored copy is. Drops the thread's copy of the
 * answer, since the events repeat all of it.
 */
function placeUserMessage(
  messages: ChatMessage[],
  message: { id: string; content: string },
): ChatMessage[] {
  let at = messages.findIndex(({ id }) => id === message.id);
  if (at === -1) at = messages.findLastIndex(({ status }) => status === "sending");
  const kept = at === -1 ? messages : messages.slice(0, at);
  const key = messages[at]?.key ?? message.id;
  return [...kept, { ...outgoing(key, message.content), id: message.id, status: "complete" }];
}

/** A resumed run continues after the interrupted message; its events repeat the rest. */
function upToInterrupted(messages: ChatMessage[]): ChatMessage[] {
  const at = messages.findLastIndex(({ status }) => status === "interrupted");
  return at === -1 ? messages : messages.slice(0, at + 1);
}

/** Drops an answer without content. */
function closeAnswer(messages: ChatMessage[]): ChatMessage[] {
  const last = messages.at(-1);
  if (last?.status !== "streaming") return messages;
  if (last.content === "" && last.toolCalls.length === 0 && last.thought === null) {
    return messages.slice(0, -1);
  }
  return [...messages.slice(0, -1), { ...last, status: "complete" }];
}

/** Begins an answer if the server has not named its agent. */
function inAnswer(state: ChatState, change: (message: ChatMessage) => ChatMessage): ChatState {
  const open = state.messages.at(-1)?.status === "streaming";
  const messages = open
    ? state.messages
    : [...state.messages, newAnswer(state, state.agent ?? "assistant")];
  return { ...state, messages: changeLast(messages, change) };
}

function withThought(state: ChatState, delta: string, now: number): ChatState {
  return inAnswer(state, (message) => {
    const before: Thought = message.thought ?? { text: "", since: now, seconds: null };
    // Continues an answer that text or a call interrupted.
    const since = before.seconds === null ? before.since : now - before.seconds * 1000;
    return { ...message, thought: { text: before.text + delta, since, seconds: null } };
  });
}

function endThought(state: ChatState, now: number): ChatState {
  const { thought, status } = state.messages.at(-1) ?? {};
  if (!thought || status !== "streaming" || thought.since === null || thought.seconds !== null) {
    return state;
  }
  const seconds = Math.max(1, Math.round((now - thought.since) / 1000));
  const ended: Thought = { ...thought, seconds };
  return { ...state, messages: changeLast(state.messages, (m) => ({ ...m, thought: ended })) };
}

function withResult(
  messages: ChatMessage[],
  event: Extract<RunEvent, { type: "tool_result" }>,
): ChatMessage[] {
  const at = messages.findLastIndex(({ toolCalls }) => toolCalls.some(({ id }) => id === event.id));
  const message = messages[at];
  if (message === undefined) return messages;
  const toolCalls = message.toolCalls.map(
    (call): ToolUse =>
      call.id === event.id ? { ...call, result: event.result, is_error: event.is_error } : call,
  );
  return messages.with(at, { ...message, toolCalls });
}
