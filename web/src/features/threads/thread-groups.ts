// Conversations by the day of their last message, in the visitor's time zone.
import type { Thread } from "../../protocol/types";

export type Period = "today" | "yesterday" | "week" | "older";

export interface ThreadGroup {
  period: Period;
  threads: Thread[];
}

const PERIODS: readonly Period[] = ["today", "yesterday", "week", "older"];

/** Newest first; threads keep their order. */
export function groupThreads(threads: readonly Thread[], now: Date): ThreadGroup[] {
  return PERIODS.map((period) => ({
    period,
    threads: threads.filter(({ updated_at }) => periodOf(new Date(updated_at), now) === period),
  })).filter((group) => group.threads.length > 0);
}

function periodOf(time: Date, now: Date): Period {
  if (time >= midnight(now, 0)) return "today";
  if (time >= midnight(now, 1)) return "yesterday";
  return time >= midnight(now, 7) ? "week" : "older";
}

/** Days of 23 and 25 hours count as one. */
function midnight(now: Date, daysBefore: number): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() - daysBefore);
}
