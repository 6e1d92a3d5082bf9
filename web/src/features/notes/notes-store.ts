// The owner's notes loaded so far, newest first, without their contents. No React here.
import { createStore, type StoreApi } from "zustand/vanilla";
import { type ApiError, toApiError } from "../../api/http";
import type * as notesApi from "../../api/notes";
import type { Note, NoteSummary } from "../../protocol/types";

export interface NotesState {
  items: NoteSummary[];
  nextCursor: string | null;
  status: "loading" | "ready" | "failed";
  loadingMore: boolean;
  error: ApiError | null;
}

export type NotesServer = Pick<typeof notesApi, "listNotes" | "getNote" | "deleteNote">;

const EMPTY: NotesState = {
  items: [],
  nextCursor: null,
  status: "loading",
  loadingMore: false,
  error: null,
};

export class NotesStore implements Omit<StoreApi<NotesState>, "setState"> {
  private readonly store = createStore<NotesState>(() => EMPTY);
  readonly getState = this.store.getState;
  readonly getInitialState = this.store.getInitialState;
  readonly subscribe = this.store.subscribe;
  private fetching: Promise<void> | null = null;
  /** Something changed during a fetch, whose response may be outdated. */
  private again = false;

  constructor(
    private readonly server: NotesServer,
    private readonly changed: () => void,
  ) {}

  /** Calls during a fetch cause a single other one. */
  refresh(): Promise<void> {
    if (this.fetching) this.again = true;
    else this.fetching = this.fetch();
    return this.fetching;
  }

  async loadMore(): Promise<void> {
    const { nextCursor, loadingMore } = this.getState();
    if (nextCursor === null || loadingMore) return;
    this.store.setState({ loadingMore: true });
    try {
      const { items, next_cursor } = await this.server.listNotes(nextCursor);
      // A refresh has replaced the list.
      if (this.getState().nextCursor !== nextCursor) return;
      const known = new Set(this.getState().items.map(({ title }) => title));
      const below = items.filter(({ title }) => !known.has(title));
      this.store.setState({
        items: [...this.getState().items, ...below],
        nextCursor: next_cursor,
        error: null,
      });
    } catch (error) {
      this.store.setState({ error: toApiError(error) });
    } finally {
      this.store.setState({ loadingMore: false });
    }
  }

  read(title: string): Promise<Note> {
    return this.server.getNote(title);
  }

  async remove(title: string): Promise<void> {
    try {
      await this.server.deleteNote(title);
    } catch (error) {
      // Another tab was faster.
      if (toApiError(error).status !== 404) throw error;
    }
    this.store.setState({ items: this.getState().items.filter((note) => note.title !== title) });
    this.changed();
  }

  private async fetch(): Promise<void> {
    do {
      this.again = false;
      try {
        const { items, next_cursor } = await this.server.listNotes();
        if (this.again) continue;
        this.store.setState({ items, nextCursor: next_cursor, status: "ready", error: null });
      } catch (error) {
        const status = this.getState().status === "ready" ? "ready" : "failed";
        this.store.setState({ status, error: toApiError(error) });
      }
    } while (this.again);
    this.fetching = null;
  }
}
