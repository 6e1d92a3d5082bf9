// Reads the run in view and those left behind, since a run that nobody reads is cancelled.
import type { ReadRunOptions, StreamEnd, StreamEnvironment } from "../../api/event-stream";
import { ApiError } from "../../api/http";
import type { RunEvent } from "../../protocol/types";
import type { ChatRequest } from "./chat-request";
import { type LiveRun, newRun } from "./live-run";
import { pause } from "./pause";

/** Runs read in the background; a browser opens few connections to one host. */
const MAX_BACKGROUND = 2;
/** Without a network, the server cancels an unread run by itself. */
const CANCEL_ATTEMPTS = 3;

export interface RunServer {
  startRun: (body: string, key: string, signal: AbortSignal) => Promise<Response>;
  followRun: (runId: string, after: number, signal: AbortSignal) => Promise<Response>;
  cancelRun: (runId: string) => Promise<void>;
  readRun: (options: ReadRunOptions) => Promise<StreamEnd>;
}

export interface RunListener {
  onEvent(run: LiveRun, event: RunEvent): void;
  onReconnecting(run: LiveRun, value: boolean): void;
  /** The run ended unseen; `cause` is null if the server says so. */
  onLost(run: LiveRun, cause: unknown): void;
}

export class RunReader {
  live: LiveRun | null = null;
  private readonly background: LiveRun[] = [];

  constructor(
    private readonly server: RunServer,
    private readonly listener: RunListener,
    private readonly environment?: StreamEnvironment,
  ) {}

  /** `compose` returns the body, which may take a moment. */
  start(request: ChatRequest, compose: () => Promise<string>): void {
    const run = newRun(null, request.threadId, request);
    this.live = run;
    run.ended = this.read(run, async (signal) => {
      const body = await compose();
      return this.server.startRun(body, request.key, signal);
    });
  }

  follow(runId: string, threadId: string): void {
    const run = newRun(runId, threadId, null);
    this.live = run;
    run.ended = this.read(run);
    this.background.find((other) => other.runId === runId)?.abort.abort();
  }

  /** At once, or as soon as the server has named the run. */
  cancel(run: LiveRun): void {
    run.cancelWanted = true;
    if (run.runId !== null) void this.sendCancel(run.runId);
  }

  /** The run in view is then read in the background. */
  leave(): void {
    if (this.live) this.background.push(this.live);
    if (this.background.length > MAX_BACKGROUND) this.background.shift()?.abort.abort();
    this.live = null;
  }

  reset(): void {
    this.leave();
    for (const run of this.background.splice(0)) run.abort.abort();
  }

  private async sendCancel(runId: string): Promise<void> {
    for (let attempt = 0; attempt < CANCEL_ATTEMPTS; attempt += 1) {
      try {
        await this.server.cancelRun(runId);
        return;
      } catch (error) {
        if (!(error instanceof ApiError) || error.status !== 0) return;
        await pause(1_000);
      }
    }
  }

  private async read(run: LiveRun, start?: ReadRunOptions["start"]): Promise<void> {
    try {
      const end = await this.server.readRun({
        start,
        runId: run.runId ?? undefined,
        resume: this.server.followRun,
        onEvent: (event) => this.listener.onEvent(run, event),
        onState: (state) => this.listener.onReconnecting(run, state === "reconnecting"),
        signal: run.abort.signal,
        environment: this.environment,
      });
      if (end === "gone") this.listener.onLost(run, null);
    } catch (error) {
      this.listener.onLost(run, error);
    } finally {
      const at = this.background.indexOf(run);
      if (at !== -1) this.background.splice(at, 1);
    }
  }
}
