// A run read to its end, whatever the network does: events in order, each once. It reconnects and
// resumes after the last event; what the events mean is not its business.
import type { RunEvent } from "../protocol/types";
import { ApiError } from "./http";
import { SseDecoder } from "./sse-decoder";

/** The server sends a heartbeat every 10 s; after this long without a byte the line is dead. */
export const SILENCE_MS = 25_000;
const BACKOFF_FIRST_MS = 500;
const BACKOFF_MAX_MS = 10_000;
/** Tries to deliver a message whose run is not known to have begun. */
const START_ATTEMPTS = 6;

/** Opens a response with the run's events, or throws `ApiError`. */
export type OpenStart = (signal: AbortSignal) => Promise<Response>;
export type OpenResume = (runId: string, after: number, signal: AbortSignal) => Promise<Response>;

/** `done`: the last event came. `gone`: the run has ended and the thread has to tell. */
export type StreamEnd = "done" | "gone" | "aborted";

export type StreamState = "open" | "reconnecting";

export interface ReadRunOptions {
  /** How the run begins, safe to repeat (it carries an idempotency key)… */
  start?: OpenStart;
  /** …or the run that is there already. */
  runId?: string;
  resume: OpenResume;
  onEvent: (event: RunEvent) => void;
  onState?: (state: StreamState) => void;
  /** Stops reading; the run itself goes on. */
  signal: AbortSignal;
  environment?: StreamEnvironment;
}

/** What of the browser matters here, so that a test can stand in for it. */
export interface StreamEnvironment {
  /** Between 0 and 1. */
  random: () => number;
  /** Receives `pagehide`, `pageshow`, `online` and `visibilitychange`. */
  page: EventTarget;
}

const browser = (): StreamEnvironment => ({ random: Math.random, page: window });

/** Reads a run until it is done. Throws `ApiError` when the server refuses it for good. */
export async function readRun(options: ReadRunOptions): Promise<StreamEnd> {
  const { start, resume, onEvent, onState, signal } = options;
  const environment = options.environment ?? browser();
  let runId = options.runId;
  let lastId = 0;
  let failures = 0;

  const receive = (event: RunEvent, id: number): boolean => {
    if (id <= lastId) return false;
    lastId = id;
    if (event.type === "user_message") runId = event.run_id;
    onEvent(event);
    return event.type === "done";
  };
  const onBytes = () => {
    failures = 0;
    onState?.("open");
  };

  while (!signal.aborted) {
    const connection = new Connection(signal, environment.page);
    let wait: number | undefined;
    try {
      const known = runId;
      if (known === undefined && !start) throw new Error("readRun needs a run or a start");
      const response = known
        ? await resume(known, lastId, connection.signal)
        : await (start as OpenStart)(connection.signal);
      if (response.status === 204) return "gone";
      if (await connection.drain(response, receive, onBytes)) return "done";
      throw unreachable();
    } catch (error) {
      if (signal.aborted) break;
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

/** One response: read with a watchdog, dropped when the page leaves for the back/forward cache. */
class Connection {
  /** The page is hidden for good or kept in the cache: reading waits for its return. */
  pageHidden = false;
  private readonly control = new AbortController();
  private timer: ReturnType<typeof setTimeout> | undefined;
  readonly signal = this.control.signal;

  constructor(
    private readonly outer: AbortSignal,
    private readonly page: EventTarget,
  ) {
    outer.addEventListener("abort", this.abort);
    page.addEventListener("pagehide", this.hide);
    this.feedWatchdog();
  }

  /** Gives every event to `receive`, until that says it was the last (true) or the line ends. */
  async drain(
    response: Response,
    receive: (event: RunEvent, id: number) => boolean,
    onBytes: () => void,
  ): Promise<boolean> {
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
        this.feedWatchdog();
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

  private feedWatchdog(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.abort, SILENCE_MS);
  }
}

/** A run under way is worth another try unless the server has said no. */
function mayResume({ status }: ApiError): boolean {
  return status === 0 || status === 408 || status === 429 || status >= 500;
}

/** Before the first event only silence and a proxy's own answer leave open what became of it. */
function mayStartAgain({ status, code }: ApiError): boolean {
  return status === 0 || code === "http_502" || code === "http_504";
}

function unreachable(): ApiError {
  return new ApiError(
    0,
    "offline",
    "The server cannot be reached. Check your connection and try again.",
  );
}

/** Doubles from 0.5 s to 10 s; the random half keeps clients from coming back in step. */
export function backoff(failures: number, random: () => number): number {
  const full = Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** Math.max(0, failures - 1));
  return full / 2 + (full / 2) * random();
}

/** Waits for one of the events, for the time to pass, or for the signal. */
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
