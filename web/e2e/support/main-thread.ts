// How long tasks block the page's main thread, in processor time, since the machine does other work
// as well.
import type { Page } from "@playwright/test";

interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  tdur?: number;
}

/** The page's longest task during `work`, in milliseconds of processor time. */
export async function longestTask(page: Page, work: () => Promise<void>): Promise<number> {
  const session = await page.context().newCDPSession(page);
  const events: TraceEvent[] = [];
  session.on("Tracing.dataCollected", ({ value }) => {
    events.push(...(value as unknown as TraceEvent[]));
  });
  const complete = new Promise((resolve) => session.once("Tracing.tracingComplete", resolve));
  await session.send("Tracing.start", {
    transferMode: "ReportEvents",
    traceConfig: { includedCategories: ["toplevel", "disabled-by-default-devtools.timeline"] },
  });
  await work();
  await session.send("Tracing.end");
  await complete;
  await session.detach();
  const threads = new Map<string, number[]>();
  for (const { name, ph, pid, tid, tdur = 0 } of events) {
    if (ph !== "X" || !name.endsWith("RunTask")) continue;
    const key = `${pid}.${tid}`;
    threads.set(key, [...(threads.get(key) ?? []), tdur / 1000]);
  }
  // The main thread is the busiest one.
  const total = (tasks: number[]) => tasks.reduce((sum, task) => sum + task, 0);
  const main = [...threads.values()].sort((a, b) => total(b) - total(a))[0] ?? [];
  return Math.max(0, ...main);
}
