import type { ChatRequest } from "./chat-request";

export interface LiveRun {
  readonly abort: AbortController;
  ended: Promise<void>;
  runId: string | null;
  threadId: string | null;
  cancelWanted: boolean;
  /** Null for a run that was started elsewhere. */
  readonly request: ChatRequest | null;
}

export function newRun(
  runId: string | null,
  threadId: string | null,
  request: ChatRequest | null,
): LiveRun {
  const abort = new AbortController();
  return { abort, ended: Promise.resolve(), runId, threadId, cancelWanted: false, request };
}
