import { rawFetch, request } from "./http";
import { setBearerToken } from "./transport";

/** Threads with messages, notes, and tokens without their secrets, as one JSON document. */
export async function exportMyData(): Promise<Blob> {
  const response = await rawFetch("/api/me/export");
  return response.blob();
}

export async function deleteMyData(): Promise<void> {
  await request<void>("DELETE", "/api/me");
  setBearerToken(null);
}
