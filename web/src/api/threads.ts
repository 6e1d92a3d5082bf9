import type { Thread, ThreadDetail, ThreadList } from "../protocol/types";
import { request } from "./http";

/** In Unicode scalar values, as the server counts them. */
export const TITLE_MAX_CHARS = 200;

const path = (id: string) => `/api/threads/${encodeURIComponent(id)}`;

/** `cursor` is the previous page's `next_cursor`. */
export function listThreads(cursor?: string, signal?: AbortSignal): Promise<ThreadList> {
  const query = cursor === undefined ? "" : `?cursor=${encodeURIComponent(cursor)}`;
  return request<ThreadList>("GET", `/api/threads${query}`, { signal });
}

/** Conversations that contain all words of `query`, best first. */
export function searchThreads(
  query: string,
  cursor?: string,
  signal?: AbortSignal,
): Promise<ThreadList> {
  const params = new URLSearchParams({ q: query });
  if (cursor !== undefined) params.set("cursor", cursor);
  return request<ThreadList>("GET", `/api/threads?${params}`, { signal });
}

/** A thread with its last messages, or with those before the message `before`. */
export function getThread(id: string, before?: string): Promise<ThreadDetail> {
  const query = before === undefined ? "" : `?before=${encodeURIComponent(before)}`;
  return request<ThreadDetail>("GET", `${path(id)}${query}`);
}

export function renameThread(id: string, title: string): Promise<Thread> {
  return request<Thread>("PATCH", path(id), { body: { title } });
}

export function deleteThread(id: string): Promise<void> {
  return request<void>("DELETE", path(id));
}
