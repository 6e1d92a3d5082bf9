// Binds the notes store to React.
import { useSyncExternalStore } from "react";
import type { NotesState, NotesStore } from "./notes-store";

export function useNotes<T>(store: NotesStore, select: (state: NotesState) => T): T {
  return useSyncExternalStore(store.subscribe, () => select(store.getState()));
}
