// What a conversation is called in the tab's storage. One that has not begun is its site's: sites
// that share a host page share the storage.
export function conversationName(threadId: string | null): string {
  return threadId ?? `new:${new URLSearchParams(location.search).get("site") ?? ""}`;
}
