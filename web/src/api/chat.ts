// Starts, follows and cancels runs.
import type { Interrupt } from "../protocol/types";
import { rawFetch, request } from "./http";

/** A tool of the page around the chat. */
export interface PageTool {
  name: string;
  description: string;
  parameters: Record<string, unknown>;
  /** Read-only tools run without asking the visitor. */
  read_only: boolean;
}

/** Added to a request by the page around the chat. */
export interface PageOffer {
  page_tools?: PageTool[];
  page_context?: string;
}

export interface NewMessage extends PageOffer {
  message: string;
  thread_id?: string;
  /** The user message to replace, with everything after it. */
  replace_from?: string;
}

export interface InterruptAnswer {
  interrupt_id: Interrupt["id"];
  status: "resolved" | "cancelled";
  /** Its form depends on the interrupt's reason; absent when cancelled. */
  payload?: Record<string, unknown>;
}

/** Answers all open interrupts of a thread. */
export interface Resume extends PageOffer {
  thread_id: string;
  resume: InterruptAnswer[];
}

export const MESSAGE_MAX_BYTES = 32 * 1024;

/**
 * `body` is the JSON of a `NewMessage` or `Resume`. Sending it again with the same key starts
 * nothing.
 */
export function startRun(
  body: string,
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
    body,
    signal,
  });
}

/** The events of a run after number `after` (0: all of them), then the live ones. */
export function followRun(runId: string, after: number, signal: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = { Accept: "text/event-stream" };
  if (after > 0) headers["Last-Event-ID"] = String(after);
  return rawFetch(`/api/runs/${encodeURIComponent(runId)}/events`, { headers, signal });
}

/** Cancels a run; the thread keeps the text so far. */
export function cancelRun(runId: string): Promise<void> {
  return request<void>("POST", `/api/runs/${encodeURIComponent(runId)}/cancel`);
}
