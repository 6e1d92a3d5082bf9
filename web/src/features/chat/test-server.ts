// A server for tests of the chat: the test writes the events of runs and the stored threads.
import { readRun } from "../../api/event-stream";
import { ApiError } from "../../api/http";
import type { Interrupt, Message, RunEvent, RunStatus, ThreadDetail } from "../../protocol/types";
import type { ChatServer } from "./chat-store";

/** A run with any number of readers, each from the event that it requests. */
export class TestRun {
  readonly events: RunEvent[] = [];
  cancelled = false;
  readers = 0;
  private readonly feeds = new Set<ReadableStreamDefaultController<Uint8Array>>();

  constructor(
    readonly id: string,
    readonly threadId: string,
  ) {}

  send(...events: RunEvent[]): void {
    for (const event of events) {
      this.events.push(event);
      for (const feed of this.feeds) this.write(feed, this.events.length);
      if (event.type === "done") this.cut((feed) => feed.close());
    }
  }

  resume(): void {
    this.send({ type: "resumed", run_id: this.id, thread_id: this.threadId });
  }

  begin(messageId: string, content: string): void {
    this.send({
      type: "user_message",
      run_id: this.id,
      thread_id: this.threadId,
      message: { id: messageId, role: "user", content, created_at: "2026-01-01T00:00:00Z" },
    });
  }

  lose(): void {
    this.cut((feed) => feed.error(new TypeError("network error")));
  }

  read(after: number, signal: AbortSignal): Response {
    const ended = this.events.at(-1)?.type === "done";
    if (ended && after >= this.events.length) return new Response(null, { status: 204 });
    const body = new ReadableStream<Uint8Array>({
      start: (feed) => {
        this.readers += 1;
        for (let id = after + 1; id <= this.events.length; id += 1) this.write(feed, id);
        if (ended) feed.close();
        else this.feeds.add(feed);
        signal.addEventListener("abort", () => this.feeds.delete(feed));
      },
    });
    return new Response(body, { headers: { "Content-Type": "text/event-stream" } });
  }

  private write(feed: ReadableStreamDefaultController<Uint8Array>, id: number): void {
    const data = JSON.stringify(this.events[id - 1]);
    feed.enqueue(new TextEncoder().encode(`id: ${id}\ndata: ${data}\n\n`));
  }

  private cut(how: (feed: ReadableStreamDefaultController<Uint8Array>) => void): void {
    for (const feed of this.feeds) how(feed);
    this.feeds.clear();
  }
}

export class TestServer implements ChatServer {
  readonly requests: Record<string, unknown>[] = [];
  readonly runs = new Map<string, TestRun>();
  readonly threads = new Map<string, ThreadDetail>();
  refusal: ApiError | null = null;
  next = new TestRun("r1", "t1");

  readRun = readRun;

  startRun: ChatServer["startRun"] = async (body, key, signal) => {
    this.requests.push({ ...JSON.parse(body), key });
    if (this.refusal) {
      const { refusal } = this;
      this.refusal = null;
      throw refusal;
    }
    this.runs.set(this.next.id, this.next);
    return this.next.read(0, signal);
  };

  followRun: ChatServer["followRun"] = async (runId, after, signal) => {
    const run = this.runs.get(runId);
    if (!run) throw new ApiError(404, "run_not_found", "This run is over.");
    return run.read(after, signal);
  };

  cancelRun: ChatServer["cancelRun"] = async (runId) => {
    const run = this.runs.get(runId);
    if (run) run.cancelled = true;
  };

  getThread: ChatServer["getThread"] = async (id, before) => {
    const thread = this.threads.get(id);
    if (!thread) throw new ApiError(404, "thread_not_found", "There is no such conversation.");
    return pageOf(structuredClone(thread), before);
  };
}

/** The last 100 messages, or those before one, in the API's paging. */
function pageOf(thread: ThreadDetail, before?: string): ThreadDetail {
  const end = before
    ? thread.messages.findIndex(({ id }) => id === before)
    : thread.messages.length;
  const messages = thread.messages.slice(Math.max(0, end - 100), end);
  const next_before = end > 100 ? (messages[0]?.id ?? null) : null;
  return { ...thread, messages, next_before };
}

export function aMessage(over: Partial<Message> & Pick<Message, "id" | "role">): Message {
  return {
    agent: over.role === "assistant" ? "concierge" : null,
    content: "",
    reasoning: null,
    tool_calls: [],
    status: "complete",
    usage: null,
    truncated: false,
    error: null,
    created_at: "2026-01-01T00:00:00Z",
    ...over,
  };
}

export function aThread(id: string, messages: Message[], over: Partial<ThreadDetail> = {}) {
  const thread: ThreadDetail = {
    id,
    title: `Thread ${id}`,
    created_at: "2026-01-01T00:00:00Z",
    updated_at: "2026-01-01T00:00:00Z",
    agent: "concierge",
    active_run_id: null,
    interrupts: [],
    messages,
    next_before: null,
    ...over,
  };
  return thread;
}

export function anInterrupt(over: Partial<Interrupt> = {}): Interrupt {
  return {
    id: "i1",
    reason: "approval",
    tool_call_id: "c1",
    tool: "shop__order",
    message: "",
    arguments: { sku: "F12" },
    schema: null,
    expires_at: "2099-01-01T00:00:00Z",
    ...over,
  };
}

export const interrupted = (...interrupts: Interrupt[]): RunEvent => ({
  type: "done",
  status: "interrupted",
  truncated: false,
  usage: null,
  interrupts,
});

export const agent = (id: string): RunEvent => ({ type: "agent_updated", agent: id });
export const delta = (text: string): RunEvent => ({ type: "content_delta", delta: text });
export const call = (id: string, tool: string, args: Record<string, unknown> = {}): RunEvent => ({
  type: "tool_call",
  id,
  tool,
  arguments: args,
  origin: "server",
});
export const result = (
  id: string,
  tool: string,
  value: Record<string, unknown>,
  isError = false,
): RunEvent => ({ type: "tool_result", id, tool, result: value, is_error: isError });
export const failure = (code: "provider_unavailable" | "provider_auth"): RunEvent => ({
  type: "error",
  code,
  message: "The provider is away.",
  retryable: code === "provider_unavailable",
});
export const done = (status: RunStatus = "completed"): RunEvent => ({
  type: "done",
  status,
  truncated: false,
  usage: status === "completed" ? { input_tokens: 10, output_tokens: 5 } : null,
});
