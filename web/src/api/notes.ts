import type { Note, NoteList } from "../protocol/types";
import { request } from "./http";

const path = (title: string) => `/api/notes/${encodeURIComponent(title)}`;

/** `cursor` is the previous page's `next_cursor`. */
export function listNotes(cursor?: string, signal?: AbortSignal): Promise<NoteList> {
  const query = cursor === undefined ? "" : `?cursor=${encodeURIComponent(cursor)}`;
  return request<NoteList>("GET", `/api/notes${query}`, { signal });
}

export function getNote(title: string): Promise<Note> {
  return request<Note>("GET", path(title));
}

export function deleteNote(title: string): Promise<void> {
  return request<void>("DELETE", path(title));
}
