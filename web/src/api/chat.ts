// Runs: starting one with a message, following one, stopping one.
import { rawFetch, request } from "./http";

/** A message for a thread: a new one (no `thread_id`), the next one, or one in place of another. */
export interface NewMessage {
  message: string;
  thread_id?: string;
  /** The user message that this one and its answer replace, with all after it. */
  replace_from?: string;
}

/** Most bytes of a message, as the server counts them. */
export const MESSAGE_MAX_BYTES = 32 * 1024;

/** Starts a run and answers with its event stream. The same key and message start nothing twice. */
export function startRun(
  message: NewMessage,
  idempotencyKey: string,
  signal: AbortSignal,
): Promise<Response> {
  return rawFetch("/api/chat", {
    method: "POST",
    headers: {
      Accept: "text/event-stream",
      "Content-Type": "application/json",
      "Idempotency-Key": idempotencyKey,
    },
    body: JSON.stringify(message),
    signal,
  });
}

/** The events of a run after number `after` (0: all of them), then the live ones. */
export function followRun(runId: string, after: number, signal: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = { Accept: "text/event-stream" };
  if (after > 0) headers["Last-Event-ID"] = String(after);
  return rawFetch(`/api/runs/${encodeURIComponent(runId)}/events`, { headers, signal });
}

/** Stops a run; what was said so far stays in the thread. */
export function cancelRun(runId: string): Promise<void> {
  return request<void>("POST", `/api/runs/${encodeURIComponent(runId)}/cancel`);
}
