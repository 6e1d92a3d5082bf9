// The chat without React: opens threads, starts, follows and stops runs, and keeps the state that
// the page shows. One thread is in view.
import { createStore, type StoreApi } from "zustand/vanilla";
import type { InterruptAnswer } from "../../api/chat";
import type { StreamEnvironment } from "../../api/event-stream";
import { ApiError } from "../../api/http";
import type { TabMessage } from "../../api/tab-channel";
import type { RunEvent, RunStatus, ThreadDetail } from "../../protocol/types";
import type { Chat } from "./chat";
import type { ChatEvents } from "./chat-events";
import { type ChatAction, reduceChat } from "./chat-reducer";
import { type ChatRequest, composeBody } from "./chat-request";
import { type ChatState, EMPTY_CHAT } from "./chat-state";
import { DeltaBuffer } from "./delta-buffer";
import { writeDraft } from "./drafts";
import { InterruptDesk } from "./interrupt-desk";
import { type Choice, openInterrupt } from "./interrupts";
import type { LiveRun } from "./live-run";
import { dropRequest, keepRequest, keptRequest } from "./outbox";
import { ownPageTool, pageToolMark, unmarkPageTool } from "./page-tool-marks";
import type { PageTools } from "./page-tools";
import { pause } from "./pause";
import { RunReader, type RunServer } from "./run-reader";
import { notDelivered, toChatError } from "./to-chat-error";
import { isBlank, wellFormed } from "./visible-text";

export interface ChatServer extends RunServer {
  getThread: (id: string, before?: string) => Promise<ThreadDetail>;
}

export interface ChatStoreOptions {
  server: ChatServer;
  events: ChatEvents;
  page: PageTools;
  notify: (message: TabMessage) => void;
  /** Returns a function that cancels it. */
  onFrame: (run: () => void) => () => void;
  newId: () => string;
  now?: () => number;
  environment?: StreamEnvironment;
}

/** How long a new message waits for a stopped run to end. */
const STOPPED_RUN_MS = 3_000;

export class ChatStore implements Chat {
  private readonly store: StoreApi<ChatState> = createStore(() => EMPTY_CHAT);
  readonly getState = this.store.getState;
  readonly getInitialState = this.store.getInitialState;
  readonly subscribe = this.store.subscribe;

  private readonly reader: RunReader;
  private readonly deltas: DeltaBuffer;
  private readonly desk: InterruptDesk;
  /** The last undelivered request of this thread. */
  private unsent: ChatRequest | null = null;
  /** The last run whose events are gone, so that it is not followed again. */
  private lostRun: string | null = null;
  /** Counts openings, so that late responses to earlier ones are ignored. */
  private opening = 0;

  constructor(private readonly options: ChatStoreOptions) {
    this.reader = new RunReader(
      options.server,
      {
        onEvent: (run, event) => this.receive(run, event),
        onReconnecting: (run, value) => {
          if (this.reader.live === run) this.dispatch({ type: "reconnecting", value });
        },
        onLost: (run, cause) => this.lose(run, cause),
      },
      options.environment,
    );
    this.deltas = new DeltaBuffer(options.onFrame, (event) => this.show(event));
    this.desk = new InterruptDesk({
      page: options.page,
      interrupts: () => (this.getState().run === null ? this.getState().interrupts : []),
      update: (open) => this.dispatch({ type: "interrupt", open }),
      resume: (answers) => this.resume(answers),
    });
  }

  open(threadId: string | null): void {
    const { load, messages, threadId: shown } = this.getState();
    const readable = load === "ready" || load === "loading";
    const inView = threadId === shown && readable && (threadId !== null || messages.length === 0);
    if (inView && this.opening > 0) return;
    this.leave();
    this.dispatch({ type: "opened", threadId });
    this.options.events.emit({ type: "threadchange", threadId });
    void this.load();
  }

  /** Fetches the thread in view again after another tab may have changed it. */
  refresh(): void {
    if (this.reader.live === null && this.getState().threadId !== null) void this.load();
  }

  loadOlder(): void {
    const { threadId, nextBefore, older } = this.getState();
    if (threadId === null || nextBefore === null || older === "loading") return;
    const { opening } = this;
    this.dispatch({ type: "older_wanted" });
    this.options.server.getThread(threadId, nextBefore).then(
      (thread) => {
        if (opening === this.opening) this.dispatch({ type: "older_loaded", thread });
      },
      () => {
        if (opening === this.opening) this.dispatch({ type: "older_failed" });
      },
    );
  }

  send(text: string): boolean {
    return this.submit(text, null);
  }

  edit(messageId: string, text: string): boolean {
    return this.submit(text, messageId);
  }

  regenerate(): boolean {
    const last = this.getState().messages.findLast(({ role }) => role === "user");
    return last?.id ? this.submit(last.content, last.id) : false;
  }

  retry(): boolean {
    const { load, threadId } = this.getState();
    if (this.unsent) {
      if (this.reader.live) return false;
      this.begin(this.unsent);
      return true;
    }
    if (load !== "failed") return this.regenerate();
    this.dispatch({ type: "opened", threadId });
    void this.load();
    return true;
  }

  stop(): void {
    const run = this.reader.live;
    if (!run || this.getState().run?.phase === "stopping") return;
    this.deltas.flush();
    this.dispatch({ type: "stopping" });
    this.reader.cancel(run);
  }

  choose(interruptId: string, choice: Choice): void {
    this.desk.choose(interruptId, choice);
  }

  hear(message: TabMessage): void {
    if (message.type === "notes_changed" || message.type === "thread_read") return;
    if (message.type !== "threads_changed" && message.threadId !== this.getState().threadId) return;
    this.refresh();
  }

  /** Clears everything, since somebody else may sign in. */
  reset(): void {
    this.leave();
    this.reader.reset();
    this.dispatch({ type: "opened", threadId: null });
  }

  private submit(given: string, replaceFrom: string | null): boolean {
    const { run, threadId, load, messages, interrupts } = this.getState();
    const text = wellFormed(given);
    if (isBlank(text) || load !== "ready") return false;
    if (run !== null && run.phase !== "stopping") return false;
    const stopping = this.reader.live;
    if (stopping) this.reader.leave();
    // The new message cancels them on the server.
    for (const { interrupt } of interrupts) unmarkPageTool(interrupt.id);
    const { unsent } = this;
    const key = this.options.newId();
    const before = messages.filter((message) => message.key !== unsent?.key);
    this.begin(
      { key, threadId, text, replaceFrom, answers: [], before, body: null },
      stopping?.ended,
    );
    if (unsent?.text) this.dispatch({ type: "returned", key: unsent.key, text: unsent.text });
    return true;
  }

  private resume(answers: InterruptAnswer[]): void {
    const { threadId, messages } = this.getState();
    const key = this.options.newId();
    this.begin({
      key,
      threadId,
      text: null,
      replaceFrom: null,
      answers,
      before: messages,
      body: null,
    });
  }

  /** Starts a run; `after` is a stopped run of the same thread. */
  private begin(request: ChatRequest, after?: Promise<void>): void {
    const { key, text, replaceFrom, before } = request;
    this.unsent = null;
    this.desk.leave();
    if (text === null) this.dispatch({ type: "resuming" });
    else this.dispatch({ type: "sent", key, text, before, replaceFrom });
    this.reader.start(request, async () => {
      if (after) await Promise.race([after, pause(STOPPED_RUN_MS)]);
      request.body ??= await composeBody(request, this.options.page);
      keepRequest(request.threadId, { key, body: request.body, text, replaceFrom });
      return request.body;
    });
  }

  private async load(): Promise<void> {
    const { threadId } = this.getState();
    this.opening += 1;
    const { opening } = this;
    if (threadId === null) {
      this.restore(false);
      return;
    }
    try {
      const thread = await this.options.server.getThread(threadId);
      // Another thread was opened, or another message sent, in the meantime.
      if (opening !== this.opening || this.reader.live) return;
      this.dispatch({ type: "loaded", thread, markOf: pageToolMark });
      const active = thread.active_run_id;
      if (active !== null && active !== this.lostRun) {
        this.reader.follow(active, thread.id);
        this.dispatch({ type: "attached", runId: active });
        this.options.notify({ type: "run_started", threadId: thread.id, runId: active });
      } else if (!this.restore(thread.interrupts.length > 0)) this.desk.advance();
    } catch (error) {
      if (opening !== this.opening || this.reader.live) return;
      const missing = error instanceof ApiError && error.status === 404;
      if (!missing && this.getState().load === "ready") return;
      this.dispatch({ type: "load_failed", missing, error: toChatError(error) });
    }
  }

  /** Resumes a request that was not delivered before a reload or a switch of threads. */
  private restore(isInterrupted: boolean): boolean {
    const { threadId, messages } = this.getState();
    const kept = keptRequest(threadId);
    if (!kept) return false;
    const request: ChatRequest = { ...kept, threadId, answers: [], before: messages };
    if (kept.text !== null) {
      const { key, text, replaceFrom } = kept;
      this.unsent = request;
      this.dispatch({ type: "restored", key, text, replaceFrom, error: notDelivered() });
      return true;
    }
    if (isInterrupted) this.begin(request);
    else dropRequest(threadId);
    return isInterrupted;
  }

  private receive(run: LiveRun, event: RunEvent): void {
    const inView = this.reader.live === run;
    if (event.type === "user_message" || event.type === "resumed") this.named(run, event);
    if (event.type === "tool_result" && event.tool === "save_note" && !event.is_error) {
      this.options.notify({ type: "notes_changed" });
    }
    if (event.type === "done") {
      this.claimPageTools(run, event);
      if (inView) this.reader.live = null;
    }
    if (inView) this.deltas.push(event);
    if (event.type === "done") {
      this.ended(run, event.status);
      if (inView) this.desk.advance();
    }
    if (!inView) return;
    const { events } = this.options;
    if (event.type === "agent_updated") events.emit({ type: "agent", agent: event.agent });
    if (event.type === "error") {
      events.emit({ type: "error", code: event.code, message: event.message });
    }
  }

  /** Page tools run in the tab that sent the message. */
  private claimPageTools(run: LiveRun, { interrupts }: Extract<RunEvent, { type: "done" }>): void {
    if (!run.request) return;
    for (const { id, reason } of interrupts ?? []) {
      if (reason === "page_tool") ownPageTool(id);
    }
  }

  private show(event: RunEvent): void {
    const now = this.options.now?.() ?? Date.now();
    this.dispatch({ type: "event", event, context: { now, markOf: pageToolMark } });
  }

  /** The server has assigned the run and the thread, so it has the request. */
  private named(
    run: LiveRun,
    { run_id: runId, thread_id: threadId }: { run_id: string; thread_id: string },
  ): void {
    const { request } = run;
    const isNew = run.threadId === null;
    if (request) dropRequest(request.threadId);
    for (const { interrupt_id } of request?.answers ?? []) unmarkPageTool(interrupt_id);
    run.runId = runId;
    run.threadId = threadId;
    if (run.cancelWanted) this.reader.cancel(run);
    if (request) this.options.notify({ type: "run_started", threadId, runId });
    if (isNew) this.options.notify({ type: "threads_changed" });
    if (this.reader.live !== run) return;
    if (isNew) this.options.events.emit({ type: "threadchange", threadId });
    this.options.events.emit({ type: "runstart", threadId, runId });
  }

  private ended(run: LiveRun, status: RunStatus): void {
    const { threadId, runId } = run;
    if (threadId === null || runId === null) return;
    this.options.notify({ type: "run_ended", threadId });
    this.options.events.emit({ type: "runend", threadId, runId, status });
  }

  /** A run ended unseen, or its request was refused or not delivered. */
  private lose(run: LiveRun, cause: unknown): void {
    if (this.reader.live !== run) return;
    this.reader.live = null;
    this.deltas.flush();
    const error = cause === null ? null : toChatError(cause);
    if (error) {
      this.options.events.emit({ type: "error", code: error.code, message: error.message });
    }
    const { request, runId } = run;
    if (runId === null && request && error) {
      this.fail(request, cause);
      return;
    }
    // The thread shows how it ended.
    this.lostRun = runId;
    this.dispatch({ type: "run_left", error });
    this.ended(run, error === null ? "completed" : "failed");
    this.refresh();
  }

  private fail(request: ChatRequest, cause: unknown): void {
    const { key, text, before, threadId } = request;
    const error = toChatError(cause);
    const undelivered = cause instanceof ApiError && cause.status === 0;
    if (undelivered || (text === null && error.retryable)) {
      this.unsent = request;
      this.dispatch({ type: "undelivered", error });
      return;
    }
    dropRequest(threadId);
    if (text === null) {
      // The cards are open again.
      for (const { interrupt } of this.getState().interrupts) {
        const open = openInterrupt(interrupt, pageToolMark(interrupt.id));
        this.dispatch({ type: "interrupt", open });
      }
      this.dispatch({ type: "run_left", error });
      if (error.code === "interrupt_not_open") this.refresh();
      return;
    }
    // Also in storage: if the session has ended, this page is about to close.
    writeDraft(threadId, text);
    this.dispatch({ type: "refused", before, key, text, error });
    // Show the run of another tab that is in the way.
    if (error.code === "run_in_progress") this.refresh();
  }

  private leave(): void {
    this.opening += 1;
    this.deltas.flush();
    this.desk.leave();
    this.reader.leave();
    this.unsent = null;
  }

  private dispatch(action: ChatAction): void {
    this.store.setState((state) => reduceChat(state, action), true);
  }
}
