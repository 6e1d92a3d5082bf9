// The owner's notes, newest first. No React here.
import { type ApiError, toApiError } from "../../api/http";
import type * as notesApi from "../../api/notes";
import type { Note } from "../../protocol/types";

export interface NotesState {
  items: Note[];
  status: "loading" | "ready" | "failed";
  error: ApiError | null;
}

export type NotesServer = Pick<typeof notesApi, "listNotes" | "deleteNote">;

export class NotesStore {
  private state: NotesState = { items: [], status: "loading", error: null };
  private readonly listeners = new Set<() => void>();
  private fetching: Promise<void> | null = null;
  /** Something changed while a fetch was under way: its answer may be too old. */
  private again = false;

  constructor(
    private readonly server: NotesServer,
    /** Tells other tabs that the notes have changed. */
    private readonly changed: () => void,
  ) {}

  readonly getState = (): NotesState => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

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
    this.set({ items: this.state.items.filter((note) => note.title !== title) });
    this.changed();
  }

  private async fetch(): Promise<void> {
    do {
      this.again = false;
      try {
        const { items } = await this.server.listNotes();
        if (!this.again) this.set({ items, status: "ready", error: null });
      } catch (error) {
        const status = this.state.status === "ready" ? "ready" : "failed";
        this.set({ status, error: toApiError(error) });
      }
    } while (this.again);
    this.fetching = null;
  }

  private set(change: Partial<NotesState>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.listeners) listener();
  }
}
