// The owner's notes, newest first. No React here.
import { createStore, type StoreApi } from "zustand/vanilla";
import { type ApiError, toApiError } from "../../api/http";
import type * as notesApi from "../../api/notes";
import type { Note } from "../../protocol/types";

export interface NotesState {
  items: Note[];
  status: "loading" | "ready" | "failed";
  error: ApiError | null;
}

export type NotesServer = Pick<typeof notesApi, "listNotes" | "deleteNote">;

export class NotesStore implements Omit<StoreApi<NotesState>, "setState"> {
  private readonly store = createStore<NotesState>(() => ({
    items: [],
    status: "loading",
    error: null,
  }));
  readonly getState = this.store.getState;
  readonly getInitialState = this.store.getInitialState;
  readonly subscribe = this.store.subscribe;
  private fetching: Promise<void> | null = null;
  /** Something changed while a fetch was under way: its answer may be too old. */
  private again = false;

  constructor(
    private readonly server: NotesServer,
    /** Tells other tabs that the notes have changed. */
    private readonly changed: () => void,
  ) {}

  /** Fetches the notes; calls during a fetch make one more, not many. */
  refresh(): Promise<void> {
    if (this.fetching) this.again = true;
    else this.fetching = this.fetch();
    return this.fetching;
  }

  /** Throws `ApiError` when the server refuses. */
  async remove(title: string): Promise<void> {
    try {
      await this.server.deleteNote(title);
    } catch (error) {
      // Another tab was quicker.
      if (toApiError(error).status !== 404) throw error;
    }
    this.store.setState({ items: this.getState().items.filter((note) => note.title !== title) });
    this.changed();
  }

  private async fetch(): Promise<void> {
    do {
      this.again = false;
      try {
        const { items } = await this.server.listNotes();
        if (!this.again) this.store.setState({ items, status: "ready", error: null });
      } catch (error) {
        const status = this.getState().status === "ready" ? "ready" : "failed";
        this.store.setState({ status, error: toApiError(error) });
      }
    } while (this.again);
    this.fetching = null;
  }
}
