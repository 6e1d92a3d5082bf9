import { describe, expect, it, vi } from "vitest";
import { ApiError } from "../../api/http";
import type { Thread, ThreadList } from "../../protocol/types";
import { ThreadsStore } from "./threads-store";

const aThread = (id: string, minute: number): Thread => ({
  id,
  title: `Thread ${id}`,
  created_at: "2026-01-01T00:00:00Z",
  updated_at: `2026-01-01T00:${String(minute).padStart(2, "0")}:00Z`,
});

function setUp(pages: Record<string, ThreadList>) {
  const server = {
    listThreads: vi.fn(async (cursor?: string) => pages[cursor ?? ""] as ThreadList),
    renameThread: vi.fn(async (id: string, title: string) => ({ ...aThread(id, 1), title })),
    deleteThread: vi.fn(async () => undefined),
  };
  const changed = vi.fn();
  const store = new ThreadsStore(server, changed);
  const ids = () => store.getState().items.map(({ id }) => id);
  return { server, changed, store, ids };
}

const pages = (): Record<string, ThreadList> => ({
  "": { items: [aThread("a", 9), aThread("b", 8)], next_cursor: "2" },
  "2": { items: [aThread("b", 8), aThread("c", 7)], next_cursor: null },
});

describe("ThreadsStore", () => {
  it("fetches page by page, each thread once", async () => {
    const { store, ids } = setUp(pages());
    expect(store.getState().status).toBe("loading");
    await store.refresh();
    expect(ids()).toEqual(["a", "b"]);
    await store.loadMore();
    expect(ids()).toEqual(["a", "b", "c"]);
    expect(store.getState().nextCursor).toBeNull();
  });

  it("keeps what was fetched further down when the top is fetched again", async () => {
    const all = pages();
    const { store, ids } = setUp(all);
    await store.refresh();
    await store.loadMore();
    all[""] = { items: [aThread("c", 20), aThread("a", 9)], next_cursor: "2" };
    await store.refresh();
    // c has moved up, b is below the page.
    expect(ids()).toEqual(["c", "a", "b"]);
    expect(store.getState().nextCursor).toBeNull();
  });

  it("forgets what is gone when all fits on a page", async () => {
    const all = pages();
    const { store, ids } = setUp(all);
    await store.refresh();
    await store.loadMore();
    all[""] = { items: [aThread("a", 9)], next_cursor: null };
    await store.refresh();
    expect(ids()).toEqual(["a"]);
  });

  it("renames and deletes, and says so to other tabs", async () => {
    const { store, server, changed, ids } = setUp(pages());
    await store.refresh();
    await store.rename("a", "Better");
    expect(store.getState().items[0]?.title).toBe("Better");
    await store.remove("a");
    expect(ids()).toEqual(["b"]);
    expect(changed).toHaveBeenCalledTimes(2);
    server.deleteThread.mockRejectedValueOnce(new ApiError(404, "thread_not_found", "Gone."));
    await store.remove("b");
    expect(ids()).toEqual([]);
  });

  it("keeps the list when a refresh fails, and says why", async () => {
    const { store, server, ids } = setUp(pages());
    await store.refresh();
    server.listThreads.mockRejectedValueOnce(new ApiError(0, "offline", "No network."));
    await store.refresh();
    expect(ids()).toEqual(["a", "b"]);
    expect(store.getState()).toMatchObject({ status: "ready", error: { code: "offline" } });
  });

  it("keeps a thread that the server refuses to delete", async () => {
    const { store, server, ids } = setUp(pages());
    await store.refresh();
    server.deleteThread.mockRejectedValueOnce(new ApiError(503, "overloaded", "Busy."));
    await expect(store.remove("a")).rejects.toMatchObject({ code: "overloaded" });
    expect(ids()).toEqual(["a", "b"]);
  });
});
