// The interrupts of a thread and the progress of their answers. Pure.
import type { InterruptAnswer } from "../../api/chat";
import type { Interrupt } from "../../protocol/types";

/**
 * `open`: the visitor decides. `queued`: a page tool that runs once everything else is decided.
 * `running`: the page runs it. `unsure`: started before a reload, and possibly completed.
 * `elsewhere`: for another tab or device; `claimable` if that has not answered in time. `decided`:
 * `answer` is set.
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

export type Choice =
  | { type: "allow"; remember: boolean }
  | { type: "refuse" }
  | { type: "answer"; values: Record<string, unknown> }
  | { type: "skip" }
  /** Runs a page tool again, or here instead of in another tab. */
  | { type: "run" };

/** Where a page tool runs: `own` ones here, once. */
export type PageToolMark = "own" | "begun" | null;

export function openInterrupt(interrupt: Interrupt, mark: PageToolMark): OpenInterrupt {
  return { interrupt, step: firstStep(interrupt, mark), answer: null };
}

function firstStep(interrupt: Interrupt, mark: PageToolMark): InterruptStep {
  if (interrupt.reason !== "page_tool") return "open";
  if (mark === "begun") return "unsure";
  if (mark === null) return "elsewhere";
  return interrupt.read_only === true ? "queued" : "open";
}

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
      // A refused page tool has no result.
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

/** The next page tool to run: none while a card is undecided or another tool runs. */
export function nextPageTool(all: readonly OpenInterrupt[]): OpenInterrupt | null {
  const ready = all.every(({ step }) => step === "decided" || step === "queued");
  return ready ? (all.find(({ step }) => step === "queued") ?? null) : null;
}

export function allAnswers(all: readonly OpenInterrupt[]): InterruptAnswer[] | null {
  const answers = all.flatMap(({ answer }) => answer ?? []);
  return all.length > 0 && answers.length === all.length ? answers : null;
}

/** The server's list, with the progress of interrupts that were known before. */
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
