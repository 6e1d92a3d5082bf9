// Converts threads from the server to the state of the chat. Pure.
import type { Message, ThreadDetail } from "../../protocol/types";
import type { ChatMessage, ChatState } from "./chat-state";
import { mergeInterrupts, type PageToolMark } from "./interrupts";

/** Keeps older messages that are on the page. */
export function showThread(
  state: ChatState,
  thread: ThreadDetail,
  markOf: (interruptId: string) => PageToolMark,
): ChatState {
  const { id: threadId, title, agent } = thread;
  const first = thread.messages[0]?.id;
  const older = Math.max(
    0,
    state.messages.findIndex(({ id }) => id !== null && id === first),
  );
  const messages = thread.messages.map((message, index) =>
    keepIdentity(state.messages[older + index], fromServer(message)),
  );
  const last = thread.messages.at(-1);
  return {
    ...state,
    threadId,
    title,
    agent,
    messages: [...state.messages.slice(0, older), ...messages],
    nextBefore: older > 0 ? state.nextBefore : thread.next_before,
    load: "ready",
    interrupts: mergeInterrupts(state.interrupts, thread.interrupts, markOf),
    error: thread.active_run_id === null ? (last?.error ?? null) : null,
  };
}

export function showOlder(state: ChatState, thread: ThreadDetail): ChatState {
  const shown = new Set(state.messages.map(({ id }) => id));
  const older = thread.messages.filter(({ id }) => !shown.has(id)).map(fromServer);
  return {
    ...state,
    messages: [...older, ...state.messages],
    nextBefore: thread.next_before,
    older: "idle",
  };
}

function fromServer(message: Message): ChatMessage {
  const { id, role, agent, content, reasoning, status, truncated, usage } = message;
  return {
    key: id,
    id,
    role,
    agent,
    content,
    thought: reasoning ? { text: reasoning, since: null, seconds: null } : null,
    toolCalls: message.tool_calls,
    status,
    truncated,
    usage,
  };
}

/**
 * A message on the page keeps its key, so that its open disclosures stay open, and its object if
 * nothing has changed.
 */
function keepIdentity(before: ChatMessage | undefined, now: ChatMessage): ChatMessage {
  if (
    before === undefined ||
    before.role !== now.role ||
    before.agent !== now.agent ||
    before.content !== now.content
  ) {
    return now;
  }
  const unchanged =
    before.id === now.id &&
    before.status === now.status &&
    before.truncated === now.truncated &&
    before.usage?.output_tokens === now.usage?.output_tokens &&
    before.toolCalls.length === now.toolCalls.length &&
    before.toolCalls.every((call) => call.result !== null);
  // The server does not store how long reasoning took.
  return unchanged ? before : { ...now, key: before.key, thought: before.thought ?? now.thought };
}
