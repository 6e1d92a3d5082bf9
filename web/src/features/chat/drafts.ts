// What was typed and not yet sent, a thread: it survives a reload and a session that ended by
// itself. Kept in this tab alone, in one place, so that signing out can forget all of it.
import { readTab, removeTab, writeTab } from "../../api/tab-storage";

const KEY = "so.drafts";

const nameOf = (threadId: string | null) => threadId ?? "";

function readAll(): Record<string, string> {
  try {
    const all: unknown = JSON.parse(readTab(KEY) ?? "{}");
    const ours = typeof all === "object" && all !== null && !Array.isArray(all);
    return ours ? (all as Record<string, string>) : {};
  } catch {
    return {};
  }
}

export function readDraft(threadId: string | null): string {
  const draft: unknown = readAll()[nameOf(threadId)];
  return typeof draft === "string" ? draft : "";
}

export function writeDraft(threadId: string | null, text: string): void {
  const all = readAll();
  const name = nameOf(threadId);
  if ((all[name] ?? "") === text) return;
  if (text === "") delete all[name];
  else all[name] = text;
  if (Object.keys(all).length === 0) removeTab(KEY);
  else writeTab(KEY, JSON.stringify(all));
}

/** What was typed in one conversation goes on in another, unless something is typed there. */
export function moveDraft(from: string | null, to: string | null): void {
  if (readDraft(to) === "") writeDraft(to, readDraft(from));
  writeDraft(from, "");
}

/** Somebody signed out: what they had typed is nobody else's business. */
export function forgetDrafts(): void {
  removeTab(KEY);
}
