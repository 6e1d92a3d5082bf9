// Runs: starting one with a message or with answers to interrupts, following one, stopping one.
import type { Interrupt } from "../protocol/types";
import { rawFetch, request } from "./http";

/** A tool that the page around the chat offers. */
export interface PageTool {
  name: string;
  description: string;
  /** JSON Schema of its arguments. */
  parameters: Record<string, unknown>;
  /** It changes nothing, so it runs without asking the visitor. */
  read_only: boolean;
}

/** What the page around the chat adds to each request. */
export interface PageOffer {
  page_tools?: PageTool[];
  page_context?: string;
}

export interface NewMessage extends PageOffer {
  message: string;
  /** Absent in a new conversation. */
  thread_id?: string;
  /** The user message to replace, with everything after it. */
  replace_from?: string;
}

/** The answer to one interrupt. */
export interface InterruptAnswer {
  interrupt_id: Interrupt["id"];
  status: "resolved" | "cancelled";
  /** What the interrupt's reason asks for; absent when cancelled. */
  payload?: Record<string, unknown>;
}

/** The answers to all open interrupts of a thread. */
export interface Resume extends PageOffer {
  thread_id: string;
  resume: InterruptAnswer[];
}

/** The longest message in bytes of UTF-8. */
export const MESSAGE_MAX_BYTES = 32 * 1024;

/**
 * Starts a run and answers with its event stream. `body` is the JSON of a `NewMessage` or `Resume`;
 * sending the same body with the same key again starts nothing twice.
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

/** Stops a run; the thread keeps what was said so far. */
export function cancelRun(runId: string): Promise<void> {
  return request<void>("POST", `/api/runs/${encodeURIComponent(runId)}/cancel`);
}
