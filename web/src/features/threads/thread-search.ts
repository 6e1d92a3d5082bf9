// A search over the owner's conversations, best first. No React here.
import { createStore, type StoreApi } from "zustand/vanilla";
import { type ApiError, toApiError } from "../../api/http";
import type * as threadsApi from "../../api/threads";
import type { Thread } from "../../protocol/types";

/** In Unicode scalar values, as the server counts them. */
const QUERY_MAX_CHARS = 200;
const PAUSE_MS = 200;

export interface SearchState {
  query: string;
  /** Null until the first response to this query. */
  found: Thread[] | null;
  nextCursor: string | null;
  loadingMore: boolean;
  error: ApiError | null;
}

const NOTHING: SearchState = {
  query: "",
  found: null,
  nextCursor: null,
  loadingMore: false,
  error: null,
};

export class ThreadSearch implements Omit<StoreApi<SearchState>, "setState"> {
  private readonly store = createStore<SearchState>(() => NOTHING);
  readonly getState = this.store.getState;
  readonly getInitialState = this.store.getInitialState;
  readonly subscribe = this.store.subscribe;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private asked: AbortController | null = null;

  constructor(private readonly server: Pick<typeof threadsApi, "searchThreads">) {}

  /** The previous results stay until there is a response. */
  type(text: string): void {
    const query = [...text].slice(0, QUERY_MAX_CHARS).join("");
    clearTimeout(this.timer);
    this.asked?.abort();
    if (query.trim() === "") {
      this.store.setState({ ...NOTHING, query }, true);
      return;
    }
    this.store.setState({ query, error: null });
    this.timer = setTimeout(() => void this.ask(), PAUSE_MS);
  }

  async loadMore(): Promise<void> {
    const { nextCursor, loadingMore } = this.getState();
    if (nextCursor !== null && !loadingMore) await this.ask(nextCursor);
  }

  /** After a failure, or when a conversation was renamed or deleted. */
  async refresh(): Promise<void> {
    if (this.getState().query.trim() !== "") await this.ask();
  }

  private async ask(cursor?: string): Promise<void> {
    this.asked?.abort();
    const asked = new AbortController();
    this.asked = asked;
    this.store.setState({ loadingMore: cursor !== undefined, error: null });
    try {
      const query = this.getState().query.trim();
      const { items, next_cursor } = await this.server.searchThreads(query, cursor, asked.signal);
      if (asked.signal.aborted) return;
      const before = cursor === undefined ? [] : (this.getState().found ?? []);
      this.store.setState({ found: [...before, ...items], nextCursor: next_cursor });
    } catch (error) {
      if (!asked.signal.aborted) this.store.setState({ error: toApiError(error) });
    } finally {
      if (!asked.signal.aborted) this.store.setState({ loadingMore: false });
    }
  }
}
