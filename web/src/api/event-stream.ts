// Reads a run to its end over any network: each event once, in order. Reconnects and resumes after
// the last event, and does not interpret events.
import type { RunEvent } from "../protocol/types";
import { ApiError, unreachable } from "./http";
import { SseDecoder } from "./sse-decoder";

/** The server sends a heartbeat every 10 s; without a byte for this long, the connection is dead. */
export const SILENCE_MS = 25_000;
/**
 * By attempt. After a network outage, requests on pooled connections hang; only aborting one makes
 * the browser open another.
 */
const RESUME_HEAD_MS = [5_000, 10_000, 20_000] as const;
const BACKOFF_FIRST_MS = 500;
const BACKOFF_MAX_MS = 10_000;
/** Attempts to deliver a request whose run is not known yet. */
const START_ATTEMPTS = 6;

export type OpenStart = (signal: AbortSignal) => Promise<Response>;
export type OpenResume = (runId: string, after: number, signal: AbortSignal) => Promise<Response>;

/** `done`: the last event came. `gone`: the run has ended, and only the thread shows how. */
export type StreamEnd = "done" | "gone" | "aborted";

export type StreamState = "open" | "reconnecting";

export interface ReadRunOptions {
  /** Starts the run; repeatable, since it carries an idempotency key… */
  start?: OpenStart;
  /** …or identifies an existing one. */
  runId?: string;
  resume: OpenResume;
  onEvent: (event: RunEvent) => void;
  onState?: (state: StreamState) => void;
  /** Stops reading; the run itself goes on. */
  signal: AbortSignal;
  environment?: StreamEnvironment;
}

export interface StreamEnvironment {
  random: () => number;
  /** Receives `pagehide`, `pageshow`, `online` and `visibilitychange`. */
  page: EventTarget;
}

const browser = (): StreamEnvironment => ({ random: Math.random, page: window });

/** Reads a run until it is done. Throws `ApiError` if the server refuses permanently. */
export async function readRun(options: ReadRunOptions): Promise<StreamEnd> {
  const { start, resume, onEvent, onState, signal } = options;
  const environment = options.environment ?? browser();
  let runId = options.runId;
  let lastId = 0;
  let failures = 0;
  let unanswered = 0;

  const receive = (event: RunEvent, id: number): boolean => {
    if (id <= lastId) return false;
    lastId = id;
    if (event.type === "user_message" || event.type === "resumed") runId = event.run_id;
    onEvent(event);
    return event.type === "done";
  };
  const onBytes = () => {
    failures = 0;
    unanswered = 0;
    onState?.("open");
  };

  while (!signal.aborted) {
    const known = runId;
    const headMs = known === undefined ? SILENCE_MS : resumeHeadMs(unanswered);
    const connection = new Connection(signal, environment.page, headMs);
    let wait: number | undefined;
    try {
      if (known === undefined && !start) throw new Error("readRun needs a run or a start");
      const response = known
        ? await resume(known, lastId, connection.signal)
        : await (start as OpenStart)(connection.signal);
      unanswered = 0;
      if (response.status === 204) return "gone";
      if (await connection.drain(response, receive, onBytes)) return "done";
      throw unreachable();
    } catch (error) {
      if (signal.aborted) break;
      if (connection.unanswered) unanswered += 1;
      if (error instanceof ApiError) {
        if (runId !== undefined && error.code === "run_not_found") return "gone";
        failures += 1;
        const again = runId !== undefined ? mayResume(error) : mayStartAgain(error);
        if (!again || (runId === undefined && failures >= START_ATTEMPTS)) throw error;
        wait = error.retryAfter === undefined ? undefined : error.retryAfter * 1000;
      } else {
        failures += 1;
        if (runId === undefined && failures >= START_ATTEMPTS) throw unreachable();
      }
    } finally {
      connection.close();
    }
    if (signal.aborted) break;
    if (connection.pageHidden) {
      await nextEvent(environment.page, ["pageshow"], signal);
    } else {
      onState?.("reconnecting");
      wait ??= backoff(failures, environment.random);
      await nextEvent(environment.page, ["online", "visibilitychange", "pageshow"], signal, wait);
    }
  }
  return "aborted";
}

/** A request and its response, with a watchdog; aborted when the page is hidden by navigation. */
class Connection {
  /** The page was closed or entered the back/forward cache: reading waits for its return. */
  pageHidden = false;
  /** The watchdog closed it before the server responded. */
  unanswered = false;
  private readonly control = new AbortController();
  private timer: ReturnType<typeof setTimeout> | undefined;
  readonly signal = this.control.signal;

  constructor(
    private readonly outer: AbortSignal,
    private readonly page: EventTarget,
    /** Time limit for the response. */
    headMs: number,
  ) {
    outer.addEventListener("abort", this.abort);
    page.addEventListener("pagehide", this.hide);
    this.startWatchdog(headMs, () => {
      this.unanswered = true;
      this.abort();
    });
  }

  /** Passes events to `receive` until it returns true for the last one, or the response ends. */
  async drain(
    response: Response,
    receive: (event: RunEvent, id: number) => boolean,
    onBytes: () => void,
  ): Promise<boolean> {
    this.startWatchdog(SILENCE_MS);
    const type = response.headers.get("Content-Type") ?? "";
    if (!response.body || !type.startsWith("text/event-stream")) throw unreachable();
    const reader = response.body.getReader();
    const aborted = new Promise<never>((_, reject) => {
      this.signal.addEventListener("abort", () => reject(unreachable()), { once: true });
    });
    aborted.catch(() => undefined);
    const text = new TextDecoder();
    const decoder = new SseDecoder();
    try {
      for (;;) {
        const { done, value } = await Promise.race([reader.read(), aborted]);
        if (done) return false;
        this.startWatchdog(SILENCE_MS);
        onBytes();
        for (const event of decoder.push(text.decode(value, { stream: true }))) {
          const id = Number(event.id);
          if (!Number.isSafeInteger(id)) continue;
          if (receive(JSON.parse(event.data) as RunEvent, id)) return true;
        }
      }
    } finally {
      reader.cancel().catch(() => undefined);
    }
  }

  close(): void {
    clearTimeout(this.timer);
    this.outer.removeEventListener("abort", this.abort);
    this.page.removeEventListener("pagehide", this.hide);
    this.control.abort();
  }

  private readonly abort = () => this.control.abort();

  private readonly hide = () => {
    this.pageHidden = true;
    this.control.abort();
  };

  private startWatchdog(ms: number, expire = this.abort): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(expire, ms);
  }
}

function resumeHeadMs(unanswered: number): number {
  return RESUME_HEAD_MS[Math.min(unanswered, RESUME_HEAD_MS.length - 1)] ?? SILENCE_MS;
}

/** Resumes are retried unless the server refuses. */
function mayResume({ status }: ApiError): boolean {
  return status === 0 || status === 408 || status === 429 || status >= 500;
}

/** Starts are retried only if the outcome is open: no response, or one by a proxy. */
function mayStartAgain({ status, code }: ApiError): boolean {
  return status === 0 || code === "http_502" || code === "http_504";
}

/** Doubles from 0.5 s to 10 s; half of it is random, so that clients do not return all at once. */
export function backoff(failures: number, random: () => number): number {
  const full = Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** Math.max(0, failures - 1));
  return full / 2 + (full / 2) * random();
}

/** Waits for one of the events, the timeout or the signal. */
function nextEvent(
  target: EventTarget,
  names: string[],
  signal: AbortSignal,
  ms?: number,
): Promise<void> {
  return new Promise((resolve) => {
    const timer = ms === undefined ? undefined : setTimeout(finish, ms);
    function finish() {
      clearTimeout(timer);
      for (const name of names) target.removeEventListener(name, finish);
      signal.removeEventListener("abort", finish);
      resolve();
    }
    for (const name of names) target.addEventListener(name, finish);
    signal.addEventListener("abort", finish);
    if (signal.aborted) finish();
  });
}
