// What was typed and not sent, by thread. A draft survives a reload and a session that expired.
import { TabRecord } from "../../api/tab-record";

const record = new TabRecord("so.drafts", (value) => typeof value === "string");

/** Sites that share a host page have a new conversation each. */
const siteId = () => new URLSearchParams(location.search).get("site") ?? "";
const nameOf = (threadId: string | null) => threadId ?? `new:${siteId()}`;

export function readDraft(threadId: string | null): string {
  return record.read(nameOf(threadId)) ?? "";
}

export function writeDraft(threadId: string | null, text: string): void {
  if (readDraft(threadId) === text) return;
  if (text === "") record.remove(nameOf(threadId));
  else record.write(nameOf(threadId), text);
}

/** Moves a draft to another thread, unless that has one. */
export function moveDraft(from: string | null, to: string | null): void {
  if (readDraft(to) === "") writeDraft(to, readDraft(from));
  writeDraft(from, "");
}

/** For a sign-out: drafts are private. */
export function forgetDrafts(): void {
  record.clear();
}
