// Unsent texts by thread. They survive a reload and an expired session.
import { TabRecord } from "../../api/tab-record";
import { conversationName } from "./conversation-name";

const record = new TabRecord("so.drafts", (value) => typeof value === "string");

export function readDraft(threadId: string | null): string {
  return record.read(conversationName(threadId)) ?? "";
}

export function writeDraft(threadId: string | null, text: string): void {
  if (readDraft(threadId) === text) return;
  if (text === "") record.remove(conversationName(threadId));
  else record.write(conversationName(threadId), text);
}

/** Moves a draft to another thread, unless that has one. */
export function moveDraft(from: string | null, to: string | null): void {
  if (readDraft(to) === "") writeDraft(to, readDraft(from));
  writeDraft(from, "");
}

/** On signing out: drafts are private. */
export function forgetDrafts(): void {
  record.clear();
}
