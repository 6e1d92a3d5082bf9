// All that is the visitor's own: taken along, or deleted.
import { rawFetch, request } from "./http";
import { setBearerToken } from "./transport";

/** Threads with messages, notes, and tokens without their secret, as one JSON document. */
export async function exportMyData(): Promise<Blob> {
  const response = await rawFetch("/api/me/export");
  return response.blob();
}

/** Deletes all of it; the session ends. */
export async function deleteMyData(): Promise<void> {
  await request<void>("DELETE", "/api/me");
  setBearerToken(null);
}
