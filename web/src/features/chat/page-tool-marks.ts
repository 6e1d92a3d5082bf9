// The page tools that this tab runs, kept in the tab: a call is marked before it is made, so that a
// reload does not repeat it. A duplicated tab has a copy of the marks, so a call also needs a lock,
// which only one tab of the browser can hold.
import { TabRecord } from "../../api/tab-record";
import type { PageToolMark } from "./interrupts";

const record = new TabRecord(
  "so.page-tools",
  (value): value is Exclude<PageToolMark, null> => value === "own" || value === "begun",
);

/** By interrupt. */
const held = new Map<string, () => void>();

export function pageToolMark(interruptId: string): PageToolMark {
  return record.read(interruptId);
}

export function ownPageTool(interruptId: string): void {
  record.write(interruptId, "own");
}

/** Call it before the tool runs. Returns false if another tab runs it. */
export async function beginPageTool(interruptId: string): Promise<boolean> {
  const isFree = held.has(interruptId) || (await lock(interruptId));
  if (isFree) record.write(interruptId, "begun");
  else record.remove(interruptId);
  return isFree;
}

/** The server has the result, or wants none. */
export function unmarkPageTool(interruptId: string): void {
  record.remove(interruptId);
  held.get(interruptId)?.();
  held.delete(interruptId);
}

export function forgetPageTools(): void {
  record.clear();
  for (const release of held.values()) release();
  held.clear();
}

/** Holds the lock until it is released or the tab is closed. */
function lock(interruptId: string): Promise<boolean> {
  // Browsers have no locks over plain http.
  const locks = navigator.locks as LockManager | undefined;
  if (!locks) return Promise.resolve(true);
  return new Promise((resolve) => {
    locks
      .request(`so.page-tool.${interruptId}`, { ifAvailable: true }, (granted) => {
        resolve(granted !== null);
        return granted && new Promise<void>((release) => held.set(interruptId, release));
      })
      // Denied together with storage, without which no tab has a copy of the marks.
      .catch(() => resolve(true));
  });
}
