// The page tools that this tab runs, kept in the tab: a call is marked before it is made, so that a
// reload does not repeat it.
import { TabRecord } from "../../api/tab-record";
import type { PageToolMark } from "./interrupts";

const record = new TabRecord(
  "so.page-tools",
  (value): value is Exclude<PageToolMark, null> => value === "own" || value === "begun",
);

export function pageToolMark(interruptId: string): PageToolMark {
  return record.read(interruptId);
}

export function markPageTool(interruptId: string, mark: Exclude<PageToolMark, null>): void {
  record.write(interruptId, mark);
}

export function unmarkPageTool(interruptId: string): void {
  record.remove(interruptId);
}

/** On signing out. */
export function forgetPageTools(): void {
  record.clear();
}
