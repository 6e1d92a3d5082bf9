// Notes: what the agents keep for the owner.
import type { NoteList } from "../protocol/types";
import { request } from "./http";

/** All notes, newest first. */
export function listNotes(signal?: AbortSignal): Promise<NoteList> {
  return request<NoteList>("GET", "/api/notes", { signal });
}

export function deleteNote(title: string): Promise<void> {
  return request<void>("DELETE", `/api/notes/${encodeURIComponent(title)}`);
}
