// The name of a conversation in the tab's storage. New ones are named by their site, since sites
// that share a host page share the storage.
export function conversationName(threadId: string | null): string {
  return threadId ?? `new:${new URLSearchParams(location.search).get("site") ?? ""}`;
}
