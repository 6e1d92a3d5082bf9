// Binds the threads store to React.
import { useSyncExternalStore } from "react";
import type { ThreadsState, ThreadsStore } from "./threads-store";

export function useThreads<T>(store: ThreadsStore, select: (state: ThreadsState) => T): T {
  return useSyncExternalStore(store.subscribe, () => select(store.getState()));
}
