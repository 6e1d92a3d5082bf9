// How the chat changes: pure, from what the reader does and what the server says.
import type { Message, RunEvent, ThreadDetail } from "../../protocol/types";
import type { ChatError, ChatMessage, ChatState, ToolUse } from "./chat-state";
import { EMPTY_CHAT } from "./chat-state";

export type ChatAction =
  | { type: "opened"; threadId: string | null }
  | { type: "loaded"; thread: ThreadDetail }
  | { type: "load_failed"; missing: boolean; error: ChatError }
  /** `before`: the messages that it follows, or among which it replaces one. */
  | {
      type: "sent";
      key: string;
      text: string;
      before: ChatMessage[];
      replaceFrom: string | null;
    }
  | { type: "attached"; runId: string }
  | { type: "event"; event: RunEvent }
  | { type: "reconnecting"; value: boolean }
  | { type: "stopping" }
  /** The server took nothing: all is as it was before sending, and the text goes back. */
  | { type: "refused"; before: ChatMessage[]; key: string; text: string; error: ChatError | null }
  /** Nobody knows whether the server has it: it can be sent again under the same key. */
  | { type: "undelivered"; error: ChatError }
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
      return loaded(state, action.thread);
    case "load_failed":
      return {
        ...state,
        // A thread that was deleted elsewhere takes what is shown of it along.
        messages: action.missing ? [] : state.messages,
        load: action.missing ? "missing" : "failed",
        error: action.error,
      };
    case "sent":
      return {
        ...state,
        messages: [...cutFrom(leaveOpen(action.before), action.replaceFrom), outgoing(action)],
        run: { id: null, phase: "starting" },
        error: null,
        returned: null,
      };
    case "attached":
      return { ...state, run: { id: action.runId, phase: "running" }, error: null };
    case "event":
      return reduceEvent(state, action.event);
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
    case "run_left":
      return { ...state, run: null, reconnecting: false, error: action.error ?? state.error };
  }
}

function reduceEvent(state: ChatState, event: RunEvent): ChatState {
  switch (event.type) {
    case "user_message": {
      const phase = state.run?.phase === "stopping" ? "stopping" : "running";
      return {
        ...state,
        threadId: event.thread_id,
        run: { id: event.run_id, phase },
        messages: placeUserMessage(state.messages, event.message),
      };
    }
    case "agent_updated":
      return {
        ...state,
        agent: event.agent,
        messages: [...closeStretch(state.messages), stretch(state, event.agent)],
      };
    case "content_delta":
      return inStretch(state, (message) => ({
        ...message,
        content: message.content + event.delta,
      }));
    case "tool_call":
      return inStretch(state, (message) => ({
        ...message,
        toolCalls: [
          ...message.toolCalls,
          {
            id: event.id,
            tool: event.tool,
            arguments: event.arguments,
            origin: event.origin,
            result: null,
            is_error: false,
          },
        ],
      }));
    case "tool_result":
      return {
        ...state,
        messages: withResult(state.messages, event),
      };
    case "reasoning_delta":
    case "resumed":
    case "notice":
      return state;
    case "error": {
      const { code, message, retryable } = event;
      return { ...state, error: { code, message, retryable } };
    }
    case "done": {
      const status = event.status === "completed" ? "complete" : event.status;
      return {
        ...state,
        run: null,
        reconnecting: false,
        messages: changeLast(state.messages, (message) =>
          message.status === "streaming"
            ? { ...message, status, truncated: event.truncated, usage: event.usage }
            : message,
        ),
      };
    }
  }
}

function loaded(state: ChatState, thread: ThreadDetail): ChatState {
  const messages = thread.messages.map((message, index) =>
    keepIdentity(state.messages[index], fromServer(message)),
  );
  const last = thread.messages.at(-1);
  const { id: threadId, title, agent } = thread;
  return {
    ...state,
    threadId,
    title,
    agent,
    messages,
    load: "ready",
    error: thread.active_run_id === null ? (last?.error ?? null) : null,
  };
}

function fromServer(message: Message): ChatMessage {
  const { id, role, agent, content, status, truncated, usage } = message;
  return {
    key: id,
    id,
    role,
    agent,
    content,
    toolCalls: message.tool_calls,
    status,
    truncated,
    usage,
  };
}

/** What is on the page already keeps its key (its open disclosures), and its object if unchanged. */
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
  return unchanged ? before : { ...now, key: before.key };
}

function outgoing({ key, text }: { key: string; text: string }): ChatMessage {
  return {
    key,
    id: null,
    role: "user",
    agent: null,
    content: text,
    toolCalls: [],
    status: "sending",
    truncated: false,
    usage: null,
  };
}

function stretch(state: ChatState, agent: string): ChatMessage {
  // A run has at most a few stretches: its id and the place in the list name one for good.
  const key = `${state.run?.id ?? "run"}.${state.messages.length}`;
  return {
    key,
    id: null,
    role: "assistant",
    agent,
    content: "",
    toolCalls: [],
    status: "streaming",
    truncated: false,
    usage: null,
  };
}

/** What is still being written was stopped: its last events are no longer waited for. */
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

/**
 * The message that a run answers, in its place: where the page has shown it on its way, or where
 * a stored copy is. What the thread keeps of this run after it goes: the events bring all of it.
 */
function placeUserMessage(
  messages: ChatMessage[],
  message: { id: string; content: string },
): ChatMessage[] {
  let at = messages.findIndex(({ id }) => id === message.id);
  if (at === -1) at = messages.findLastIndex(({ status }) => status === "sending");
  const kept = at === -1 ? messages : messages.slice(0, at);
  const key = messages[at]?.key ?? message.id;
  return [
    ...kept,
    { ...outgoing({ key, text: message.content }), id: message.id, status: "complete" },
  ];
}

/** An agent has handed over: its stretch is whole; one with nothing in it was none. */
function closeStretch(messages: ChatMessage[]): ChatMessage[] {
  const last = messages.at(-1);
  if (last?.status !== "streaming") return messages;
  if (last.content === "" && last.toolCalls.length === 0) return messages.slice(0, -1);
  return [...messages.slice(0, -1), { ...last, status: "complete" }];
}

/** Changes the stretch being written; begins one where a server left out whose it is. */
function inStretch(state: ChatState, change: (message: ChatMessage) => ChatMessage): ChatState {
  const open = state.messages.at(-1)?.status === "streaming";
  const messages = open
    ? state.messages
    : [...state.messages, stretch(state, state.agent ?? "assistant")];
  return { ...state, messages: changeLast(messages, change) };
}

function changeLast(
  messages: ChatMessage[],
  change: (message: ChatMessage) => ChatMessage,
): ChatMessage[] {
  const last = messages.at(-1);
  if (last === undefined) return messages;
  const changed = change(last);
  return changed === last ? messages : [...messages.slice(0, -1), changed];
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
