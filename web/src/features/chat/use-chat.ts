// Binds the chat store to React: a component is drawn again when what it selects has changed.
import { useSyncExternalStore } from "react";
import type { ChatState } from "./chat-state";
import type { ChatStore } from "./chat-store";

export function useChat<T>(store: ChatStore, select: (state: ChatState) => T): T {
  return useSyncExternalStore(store.subscribe, () => select(store.getState()));
}
