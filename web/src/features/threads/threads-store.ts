// The owner's conversations loaded so far, newest first. No React here.
import { createStore, type StoreApi } from "zustand/vanilla";
import { type ApiError, toApiError } from "../../api/http";
import type * as threadsApi from "../../api/threads";
import type { Thread } from "../../protocol/types";

export interface ThreadsState {
  items: Thread[];
  nextCursor: string | null;
  status: "loading" | "ready" | "failed";
  loadingMore: boolean;
  error: ApiError | null;
}

export type ThreadsServer = Pick<
  typeof threadsApi,
  "listThreads" | "renameThread" | "deleteThread"
>;

const EMPTY: ThreadsState = {
  items: [],
  nextCursor: null,
  status: "loading",
  loadingMore: false,
  error: null,
};

export class ThreadsStore implements Omit<StoreApi<ThreadsState>, "setState"> {
  private readonly store = createStore<ThreadsState>(() => EMPTY);
  readonly getState = this.store.getState;
  readonly getInitialState = this.store.getInitialState;
  readonly subscribe = this.store.subscribe;
  /** Counts fetches, so that late responses to earlier ones are ignored. */
  private asked = 0;

  constructor(
    private readonly server: ThreadsServer,
    private readonly changed: () => void,
  ) {}

  /** Keeps what follows the newest page. */
  async refresh(): Promise<void> {
    this.asked += 1;
    const asked = this.asked;
    try {
      const { items, next_cursor } = await this.server.listThreads();
      if (asked !== this.asked) return;
      const oldest = items.at(-1)?.updated_at;
      const fetched = new Set(items.map(({ id }) => id));
      // The page is complete, so there is nothing below it.
      const below =
        next_cursor === null || oldest === undefined
          ? []
          : this.getState().items.filter(
              ({ id, updated_at }) => !fetched.has(id) && updated_at < oldest,
            );
      this.store.setState({
        items: [...items, ...below],
        nextCursor: below.length > 0 ? this.getState().nextCursor : next_cursor,
        status: "ready",
        loadingMore: false,
        error: null,
      });
    } catch (error) {
      if (asked !== this.asked) return;
      const status = this.getState().status === "ready" ? "ready" : "failed";
      this.store.setState({ status, loadingMore: false, error: toApiError(error) });
    }
  }

  async loadMore(): Promise<void> {
    const { nextCursor, loadingMore } = this.getState();
    if (nextCursor === null || loadingMore) return;
    this.asked += 1;
    const asked = this.asked;
    this.store.setState({ loadingMore: true });
    try {
      const { items, next_cursor } = await this.server.listThreads(nextCursor);
      if (asked !== this.asked) return;
      const known = new Set(this.getState().items.map(({ id }) => id));
      this.store.setState({
        items: [...this.getState().items, ...items.filter(({ id }) => !known.has(id))],
        nextCursor: next_cursor,
        loadingMore: false,
        error: null,
      });
    } catch (error) {
      if (asked === this.asked)
        this.store.setState({ loadingMore: false, error: toApiError(error) });
    }
  }

  async rename(id: string, title: string): Promise<void> {
    const renamed = await this.server.renameThread(id, title);
    this.store.setState({
      items: this.getState().items.map((item) => (item.id === id ? renamed : item)),
    });
    this.changed();
  }

  async remove(id: string): Promise<void> {
    try {
      await this.server.deleteThread(id);
    } catch (error) {
      // Another tab was faster.
      if (toApiError(error).status !== 404) throw error;
    }
    this.store.setState({ items: this.getState().items.filter((item) => item.id !== id) });
    this.changed();
  }
}
