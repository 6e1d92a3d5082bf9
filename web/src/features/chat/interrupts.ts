// What a thread waits for, and how far each answer is. Pure.
import type { InterruptAnswer } from "../../api/chat";
import type { Interrupt } from "../../protocol/types";

/**
 * `open`: the visitor decides. `queued`: a page tool that may run once all else is decided.
 * `running`: the page runs it. `unsure`: it was begun before a reload and may have been done.
 * `elsewhere`: another tab or device has the page; `claimable` when that has not answered.
 * `decided`: `answer` is set.
 */
export type InterruptStep =
  | "open"
  | "queued"
  | "running"
  | "unsure"
  | "elsewhere"
  | "claimable"
  | "decided";

export interface OpenInterrupt {
  interrupt: Interrupt;
  step: InterruptStep;
  answer: InterruptAnswer | null;
}

/** What the visitor chose on a card. */
export type Choice =
  | { type: "allow"; remember: boolean }
  | { type: "refuse" }
  | { type: "answer"; values: Record<string, unknown> }
  | { type: "skip" }
  /** Runs a page tool again, or here instead of in another tab. */
  | { type: "run" };

/** How this tab knows a page tool: `own` calls are run here, once. */
export type PageToolMark = "own" | "begun" | null;

/** An interrupt as it is first seen. */
export function openInterrupt(interrupt: Interrupt, mark: PageToolMark): OpenInterrupt {
  return { interrupt, step: firstStep(interrupt, mark), answer: null };
}

function firstStep(interrupt: Interrupt, mark: PageToolMark): InterruptStep {
  if (interrupt.reason !== "page_tool") return "open";
  if (mark === "begun") return "unsure";
  if (mark === null) return "elsewhere";
  return interrupt.read_only === true ? "queued" : "open";
}

/** An interrupt after the visitor's choice. */
export function choose(open: OpenInterrupt, choice: Choice): OpenInterrupt {
  const { id, reason } = open.interrupt;
  const resolved = (payload: Record<string, unknown>): OpenInterrupt =>
    decided(open, { interrupt_id: id, status: "resolved", payload });
  switch (choice.type) {
    case "allow":
      if (reason === "page_tool") return { ...open, step: "queued" };
      return resolved(
        choice.remember ? { approved: true, remember: "thread" } : { approved: true },
      );
    case "refuse":
      // A refused page tool has no result to give.
      if (reason === "page_tool") return cancelled(open);
      return resolved({ approved: false });
    case "answer":
      return resolved(choice.values);
    case "skip":
      return cancelled(open);
    case "run":
      return { ...open, step: "queued" };
  }
}

export function decided(open: OpenInterrupt, answer: InterruptAnswer): OpenInterrupt {
  return { ...open, step: "decided", answer };
}

function cancelled(open: OpenInterrupt): OpenInterrupt {
  return decided(open, { interrupt_id: open.interrupt.id, status: "cancelled" });
}

/** The page tool to run next: none while a card is undecided or another tool runs. */
export function nextPageTool(all: readonly OpenInterrupt[]): OpenInterrupt | null {
  const ready = all.every(({ step }) => step === "decided" || step === "queued");
  return ready ? (all.find(({ step }) => step === "queued") ?? null) : null;
}

/** The answers to send, once there is one to each interrupt. */
export function allAnswers(all: readonly OpenInterrupt[]): InterruptAnswer[] | null {
  const answers = all.flatMap(({ answer }) => answer ?? []);
  return all.length > 0 && answers.length === all.length ? answers : null;
}

/** The server's list, with the steps of the interrupts that were known before. */
export function mergeInterrupts(
  before: readonly OpenInterrupt[],
  now: readonly Interrupt[],
  markOf: (id: string) => PageToolMark,
): OpenInterrupt[] {
  return now.map(
    (interrupt) =>
      before.find((known) => known.interrupt.id === interrupt.id) ??
      openInterrupt(interrupt, markOf(interrupt.id)),
  );
}
