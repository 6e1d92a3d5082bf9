// The chat without a page: opens threads, starts, follows and stops runs, and keeps the state that
// the page shows. One thread is in view; a run that is left goes on being read in the background,
// because a run that nobody reads is cancelled.
import { createStore, type StoreApi } from "zustand/vanilla";
import type { NewMessage } from "../../api/chat";
import type { ReadRunOptions, StreamEnd, StreamEnvironment } from "../../api/event-stream";
import { ApiError } from "../../api/http";
import type { TabMessage } from "../../api/tab-channel";
import type { RunEvent, RunStatus, ThreadDetail } from "../../protocol/types";
import type { ChatEvents } from "./chat-events";
import { type ChatAction, reduceChat } from "./chat-reducer";
import { type ChatError, type ChatMessage, type ChatState, EMPTY_CHAT } from "./chat-state";
import { writeDraft } from "./drafts";

/** The calls that the chat makes; a test brings its own. */
export interface ChatServer {
  startRun: (message: NewMessage, key: string, signal: AbortSignal) => Promise<Response>;
  followRun: (runId: string, after: number, signal: AbortSignal) => Promise<Response>;
  cancelRun: (runId: string) => Promise<void>;
  getThread: (id: string) => Promise<ThreadDetail>;
  readRun: (options: ReadRunOptions) => Promise<StreamEnd>;
}

export interface ChatStoreOptions {
  server: ChatServer;
  events: ChatEvents;
  /** Tells the rest of the app, and other tabs, what changed. */
  notify: (message: TabMessage) => void;
  /** Runs a function before the next paint; returns how to call that off. */
  onFrame: (run: () => void) => () => void;
  newId: () => string;
  environment?: StreamEnvironment;
}

/** Runs read in the background; a browser gives one host few connections. */
const MAX_BACKGROUND = 2;
/** How long a new message waits for a stopped run to end. */
const STOP_PATIENCE_MS = 3_000;

interface LiveRun {
  readonly abort: AbortController;
  ended: Promise<void>;
  runId: string | null;
  threadId: string | null;
  cancelWanted: boolean;
  /** What was sent, in the tab that did. */
  sent: Sent | null;
}

interface Sent {
  key: string;
  body: NewMessage;
  /** The messages before it, to go back to when the server refuses it. */
  before: ChatMessage[];
}

export class ChatStore implements Omit<StoreApi<ChatState>, "setState"> {
  private readonly store = createStore<ChatState>(() => EMPTY_CHAT);
  readonly getState = this.store.getState;
  readonly getInitialState = this.store.getInitialState;
  readonly subscribe = this.store.subscribe;
  private live: LiveRun | null = null;
  private readonly background: LiveRun[] = [];
  private undelivered: Sent | null = null;
  private delta = "";
  private dropFrame: (() => void) | null = null;
  /** The last run whose events are gone: a thread that still names it is not asked again. */
  private lost: string | null = null;
  /** Counts openings, so that a late answer to an earlier one is dropped. */
  private opening = 0;

  constructor(private readonly options: ChatStoreOptions) {}

  /** Shows a thread unless it is in view, or (null) a conversation without messages. */
  open(threadId: string | null): void {
    const { load, messages, threadId: shown } = this.getState();
    const readable = load === "ready" || load === "loading";
    const inView = threadId === shown && readable && (threadId !== null || messages.length === 0);
    if (!inView) this.show(threadId);
  }

  /** Fetches the thread in view again, as when another tab may have changed it. */
  refresh(): void {
    if (this.live === null && this.getState().threadId !== null) void this.load();
  }

  /** Sends a message; false while a run is under way or the text is blank. */
  send(text: string): boolean {
    return this.submit(text, null);
  }

  /** Puts a text in the place of a message of the user's own, and of all after it. */
  edit(messageId: string, text: string): boolean {
    return this.submit(text, messageId);
  }

  /** Has the last message answered anew. */
  regenerate(): boolean {
    const last = this.getState().messages.findLast(({ role }) => role === "user");
    return last?.id ? this.submit(last.content, last.id) : false;
  }

  /** After a failure: sends again what did not arrive, or has it answered anew. */
  retry(): boolean {
    const sent = this.undelivered;
    if (sent === null) {
      if (this.getState().load !== "failed") return this.regenerate();
      this.dispatch({ type: "opened", threadId: this.getState().threadId });
      void this.load();
      return true;
    }
    if (this.live) return false;
    this.begin(sent);
    return true;
  }

  /** Ends the run under way: at once for the reader, a moment later for the server. */
  stop(): void {
    const run = this.live;
    if (!run || this.getState().run?.phase === "stopping") return;
    this.flush();
    this.dispatch({ type: "stopping" });
    run.cancelWanted = true;
    if (run.runId !== null) void this.cancel(run.runId);
  }

  /** Hears what other tabs did: to this thread, or (renamed, deleted) perhaps to this one. */
  hear(message: TabMessage): void {
    if (message.type === "notes_changed" || message.type === "thread_read") return;
    if (message.type !== "threads_changed" && message.threadId !== this.getState().threadId) return;
    this.refresh();
  }

  /** Lets go of everything: somebody else may sign in. */
  reset(): void {
    this.leave();
    for (const run of this.background.splice(0)) run.abort.abort();
    this.dispatch({ type: "opened", threadId: null });
  }

  private show(threadId: string | null): void {
    this.leave();
    this.dispatch({ type: "opened", threadId });
    this.options.events.emit({ type: "threadchange", threadId });
    void this.load();
  }

  private submit(text: string, replaceFrom: string | null): boolean {
    const { run, threadId, load, messages } = this.getState();
    if (text.trim() === "" || load !== "ready") return false;
    if (run !== null && run.phase !== "stopping") return false;
    const stopping = this.live;
    const body: NewMessage = { message: text };
    if (threadId !== null) body.thread_id = threadId;
    if (replaceFrom !== null) body.replace_from = replaceFrom;
    const sent: Sent = { key: this.options.newId(), body, before: messages };
    if (stopping) this.moveToBackground(stopping);
    this.begin(sent, stopping?.ended);
    return true;
  }

  /** Starts a run, when a stopped one of the same thread has had its time to end. */
  private begin(sent: Sent, after?: Promise<void>): void {
    const { key, body, before } = sent;
    const replaceFrom = body.replace_from ?? null;
    this.undelivered = null;
    this.dispatch({ type: "sent", key, text: body.message, before, replaceFrom });
    const run = newRun(null, this.getState().threadId, sent);
    this.live = run;
    const start = async (signal: AbortSignal) => {
      if (after) await Promise.race([after, pause(STOP_PATIENCE_MS)]);
      return this.options.server.startRun(sent.body, sent.key, signal);
    };
    run.ended = this.read(run, start);
  }

  /** Reads a run that is under way already, from its first event. */
  private follow(runId: string, threadId: string): void {
    const run = newRun(runId, threadId, null);
    this.live = run;
    this.dispatch({ type: "attached", runId });
    run.ended = this.read(run);
    const double = this.background.find((other) => other.runId === runId);
    double?.abort.abort();
  }

  private async load(): Promise<void> {
    const { threadId } = this.getState();
    this.opening += 1;
    const opening = this.opening;
    if (threadId === null) return;
    try {
      const thread = await this.options.server.getThread(threadId);
      // Meanwhile another thread was opened, or a message sent.
      if (opening !== this.opening || this.live) return;
      this.dispatch({ type: "loaded", thread });
      const active = thread.active_run_id;
      if (active !== null && active !== this.lost) this.follow(active, thread.id);
    } catch (error) {
      if (opening !== this.opening || this.live) return;
      const missing = error instanceof ApiError && error.status === 404;
      if (!missing && this.getState().load === "ready") return;
      this.dispatch({ type: "load_failed", missing, error: toChatError(error) });
    }
  }

  private async read(run: LiveRun, start?: (signal: AbortSignal) => Promise<Response>) {
    try {
      const end = await this.options.server.readRun({
        start,
        runId: run.runId ?? undefined,
        resume: this.options.server.followRun,
        onEvent: (event) => this.receive(run, event),
        onState: (state) => {
          if (this.live !== run) return;
          this.dispatch({ type: "reconnecting", value: state === "reconnecting" });
        },
        signal: run.abort.signal,
        environment: this.options.environment,
      });
      if (end === "gone") this.lose(run, null);
    } catch (error) {
      this.fail(run, error);
    } finally {
      const at = this.background.indexOf(run);
      if (at !== -1) this.background.splice(at, 1);
    }
  }

  private receive(run: LiveRun, event: RunEvent): void {
    const inView = this.live === run;
    if (event.type === "user_message") this.named(run, event);
    if (event.type === "tool_result" && event.tool === "save_note" && !event.is_error) {
      this.options.notify({ type: "notes_changed" });
    }
    if (event.type === "done") {
      if (inView) this.live = null;
      this.display(inView, event);
      this.ended(run, event.status);
      return;
    }
    this.display(inView, event);
    if (!inView) return;
    if (event.type === "agent_updated") {
      this.options.events.emit({ type: "agent", agent: event.agent });
    }
    if (event.type === "error") {
      const { code, message } = event;
      this.options.events.emit({ type: "error", code, message });
    }
  }

  /** Text is gathered until the next paint; everything else shows at once, after that text. */
  private display(inView: boolean, event: RunEvent): void {
    if (!inView) return;
    if (event.type === "content_delta") {
      this.delta += event.delta;
      this.dropFrame ??= this.options.onFrame(() => this.flush());
      return;
    }
    this.flush();
    this.dispatch({ type: "event", event });
  }

  private flush(): void {
    this.dropFrame?.();
    this.dropFrame = null;
    const { delta } = this;
    this.delta = "";
    if (delta !== "") {
      this.dispatch({ type: "event", event: { type: "content_delta", delta } });
    }
  }

  /** The server has named the run and its thread. */
  private named(run: LiveRun, event: Extract<RunEvent, { type: "user_message" }>): void {
    const { run_id: runId, thread_id: threadId } = event;
    const isNew = run.threadId === null;
    run.runId = runId;
    run.threadId = threadId;
    if (run.cancelWanted) void this.cancel(runId);
    if (run.sent) this.options.notify({ type: "run_started", threadId, runId });
    if (isNew) this.options.notify({ type: "threads_changed" });
    if (this.live !== run) return;
    if (isNew) this.options.events.emit({ type: "threadchange", threadId });
    this.options.events.emit({ type: "runstart", threadId, runId });
  }

  private ended(run: LiveRun, status: RunStatus): void {
    const { threadId, runId } = run;
    if (threadId === null || runId === null) return;
    if (run.sent) this.options.notify({ type: "run_ended", threadId });
    this.options.events.emit({ type: "runend", threadId, runId, status });
  }

  /** The run ended where we could not see it: the thread tells how. */
  private lose(run: LiveRun, error: ChatError | null): void {
    if (this.live !== run) return;
    this.live = null;
    this.lost = run.runId;
    this.flush();
    this.dispatch({ type: "run_left", error });
    this.ended(run, error === null ? "completed" : "failed");
    this.refresh();
  }

  private fail(run: LiveRun, cause: unknown): void {
    if (this.live !== run) return;
    const error = toChatError(cause);
    this.options.events.emit({ type: "error", code: error.code, message: error.message });
    const { sent } = run;
    if (run.runId !== null || sent === null) {
      this.lose(run, error);
      return;
    }
    this.live = null;
    if (cause instanceof ApiError && cause.status === 0) {
      this.undelivered = sent;
      this.dispatch({ type: "undelivered", error });
      return;
    }
    const { key, before, body } = sent;
    const text = body.message;
    // In storage too: a session that has ended takes this page away.
    writeDraft(this.getState().threadId, text);
    this.dispatch({ type: "refused", before, key, text, error });
    // Another tab's run is in the way: show it.
    if (error.code === "run_in_progress") this.refresh();
  }

  private async cancel(runId: string): Promise<void> {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      try {
        await this.options.server.cancelRun(runId);
        return;
      } catch (error) {
        if (!(error instanceof ApiError) || error.status !== 0) return;
        await pause(1_000);
      }
    }
  }

  /** Leaves the thread in view; its run goes on. */
  private leave(): void {
    this.opening += 1;
    this.flush();
    if (this.live) this.moveToBackground(this.live);
    this.live = null;
    this.undelivered = null;
  }

  private moveToBackground(run: LiveRun): void {
    this.background.push(run);
    if (this.background.length > MAX_BACKGROUND) this.background.shift()?.abort.abort();
  }

  private dispatch(action: ChatAction): void {
    this.store.setState((state) => reduceChat(state, action), true);
  }
}

function newRun(runId: string | null, threadId: string | null, sent: Sent | null): LiveRun {
  return {
    abort: new AbortController(),
    ended: Promise.resolve(),
    runId,
    threadId,
    cancelWanted: false,
    sent,
  };
}

function toChatError(error: unknown): ChatError {
  if (error instanceof ApiError) {
    const { code, message, status } = error;
    const retryable = status === 0 || status === 429 || status >= 500;
    return { code, message, retryable };
  }
  return { code: "internal_error", message: "Something went wrong. Try again.", retryable: true };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
