import { act, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { MemoryRouter } from "react-router";
import { describe, expect, it, vi } from "vitest";
import { ApiError } from "../../api/http";
import type { Thread } from "../../protocol/types";
import { ThreadActivity } from "./thread-activity";
import { ThreadList } from "./thread-list";
import { ThreadSearch } from "./thread-search";
import { ThreadsStore } from "./threads-store";

const aThread = (id: string): Thread => ({
  id,
  title: `Thread ${id}`,
  created_at: "2026-01-01T00:00:00Z",
  updated_at: "2026-01-01T00:00:00Z",
});

async function setUp() {
  const server = {
    listThreads: vi.fn(async (cursor?: string) =>
      cursor
        ? { items: [aThread("c")], next_cursor: null }
        : { items: [aThread("a"), aThread("b")], next_cursor: "2" },
    ),
    searchThreads: vi.fn(async (query: string, cursor?: string) =>
      query === "nothing"
        ? { items: [], next_cursor: null }
        : cursor
          ? { items: [aThread("z")], next_cursor: null }
          : { items: [{ ...aThread("x"), title: "Größe & Form" }], next_cursor: "2" },
    ),
    renameThread: vi.fn(async (id: string, title: string) => ({ ...aThread(id), title })),
    deleteThread: vi.fn(async () => undefined),
  };
  const store = new ThreadsStore(server, () => undefined);
  const activity = new ThreadActivity();
  const onNewChat = vi.fn();
  const onDeleted = vi.fn();
  render(
    <MemoryRouter initialEntries={["/chat?embed=1&site=shop"]}>
      <ThreadList
        store={store}
        search={new ThreadSearch(server)}
        activity={activity}
        activeId="b"
        onNewChat={onNewChat}
        onOpen={() => undefined}
        onDeleted={onDeleted}
      />
    </MemoryRouter>,
  );
  await store.refresh();
  await screen.findByRole("link", { name: "Thread a" });
  return { server, store, activity, onNewChat, onDeleted };
}

const nav = () => within(screen.getByRole("navigation", { name: "Conversations" }));

async function choose(thread: string, action: string) {
  const row = screen.getByRole("link", { name: thread }).closest("li") as HTMLElement;
  await userEvent.click(within(row).getByRole("button", { name: "Thread actions" }));
  await userEvent.click(screen.getByRole("menuitem", { name: action }));
}

describe("ThreadList", () => {
  it("links to every thread, marks the one in view and keeps the frame's parameters", async () => {
    await setUp();
    const [first, second] = nav().getAllByRole("link");
    expect(first?.getAttribute("href")).toBe("/chat/a?embed=1&site=shop");
    expect(first?.getAttribute("aria-current")).toBeNull();
    expect(second?.getAttribute("aria-current")).toBe("page");
  });

  it("loads more, until there is no more", async () => {
    await setUp();
    await userEvent.click(nav().getByRole("button", { name: "Load more" }));
    expect(await nav().findByRole("link", { name: "Thread c" })).toBeTruthy();
    expect(nav().queryByRole("button", { name: "Load more" })).toBeNull();
    expect(document.activeElement?.getAttribute("aria-label")).toBe("Conversations");
  });

  it("begins a new chat", async () => {
    const { onNewChat } = await setUp();
    await userEvent.click(nav().getByRole("button", { name: "New chat" }));
    expect(onNewChat).toHaveBeenCalledTimes(1);
  });

  it("renames with a field labelled Title", async () => {
    const { server } = await setUp();
    await choose("Thread a", "Rename");
    const title = screen.getByRole<HTMLInputElement>("textbox", { name: "Title" });
    expect(title.value).toBe("Thread a");
    await userEvent.clear(title);
    await userEvent.click(screen.getByRole("button", { name: "Save" }));
    expect(screen.getByText("Enter a title.")).toBeTruthy();
    await userEvent.type(title, "  Better  {Enter}");
    expect(server.renameThread).toHaveBeenCalledWith("a", "Better");
    expect(await nav().findByRole("link", { name: "Better" })).toBeTruthy();
    expect(screen.queryByRole("dialog")).toBeNull();
  });

  it("refuses a title of more than 200 characters, emoji counted as one", async () => {
    const { server } = await setUp();
    await choose("Thread a", "Rename");
    const title = screen.getByRole("textbox", { name: "Title" });
    await userEvent.clear(title);
    await userEvent.click(title);
    await userEvent.paste("🙂".repeat(201));
    await userEvent.keyboard("{Enter}");
    expect(screen.getByText("A title has at most 200 characters.")).toBeTruthy();
    await userEvent.clear(title);
    await userEvent.click(title);
    await userEvent.paste("🙂".repeat(200));
    await userEvent.keyboard("{Enter}");
    await waitFor(() => expect(server.renameThread).toHaveBeenCalledTimes(1));
  });

  it("asks before it deletes", async () => {
    const { server, onDeleted } = await setUp();
    await choose("Thread a", "Delete");
    const dialog = () => within(screen.getByRole("dialog", { name: "Delete this conversation?" }));
    await userEvent.click(dialog().getByRole("button", { name: "Cancel" }));
    expect(server.deleteThread).not.toHaveBeenCalled();
    await choose("Thread a", "Delete");
    await userEvent.click(dialog().getByRole("button", { name: "Delete" }));
    await waitFor(() => expect(onDeleted).toHaveBeenCalledWith("a"));
    expect(nav().queryByRole("link", { name: "Thread a" })).toBeNull();
    // The focused element disappeared with the thread.
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(document.activeElement?.getAttribute("aria-label")).toBe("Conversations");
  });

  it("groups threads under headings by day", async () => {
    const { store, server } = await setUp();
    const now = new Date().toISOString();
    server.listThreads.mockResolvedValueOnce({
      items: [{ ...aThread("n"), updated_at: now }, aThread("a")],
      next_cursor: null,
    });
    await act(() => store.refresh());
    const headings = nav().getAllByRole("heading");
    expect(headings.map(({ textContent }) => textContent)).toEqual(["Today", "Older"]);
    const today = within(nav().getByRole("region", { name: "Today" }));
    expect(today.getByRole("link", { name: "Thread n" })).toBeTruthy();
  });

  it("marks what is being answered and what has an unread answer", async () => {
    const { activity } = await setUp();
    const row = (name: string) =>
      within(nav().getByRole("link", { name }).closest("li") as HTMLElement);
    act(() => void activity.hear({ type: "run_started", threadId: "a" }));
    expect(row("Thread a").getByRole("img", { name: "Being answered" })).toBeTruthy();
    act(() => void activity.hear({ type: "run_ended", threadId: "a" }));
    expect(row("Thread a").getByRole("img", { name: "Unread answer" })).toBeTruthy();
    expect(row("Thread b").queryByRole("img")).toBeNull();
    act(() => void activity.read("a"));
    expect(row("Thread a").queryByRole("img")).toBeNull();
  });

  it("names a thread whose title leaves no ink", async () => {
    const { store, server } = await setUp();
    server.listThreads.mockResolvedValueOnce({
      items: [{ ...aThread("n"), title: "\u200b \u2800" }],
      next_cursor: null,
    });
    await act(() => store.refresh());
    expect(nav().getByRole("link", { name: "New conversation" })).toBeTruthy();
  });

  it("searches, marks the words and loads more", async () => {
    const { server } = await setUp();
    await userEvent.type(nav().getByRole("searchbox", { name: "Search conversations" }), " größe");
    const found = await nav().findByRole("link", { name: "Größe & Form" });
    expect(found.querySelector("mark")?.textContent).toBe("Größe");
    expect(nav().queryByRole("link", { name: "Thread a" })).toBeNull();
    expect(server.searchThreads).toHaveBeenCalledTimes(1);
    expect(server.searchThreads.mock.calls[0]?.[0]).toBe("größe");
    await userEvent.click(nav().getByRole("button", { name: "Load more" }));
    expect(await nav().findByRole("link", { name: "Thread z" })).toBeTruthy();
    await userEvent.keyboard("{Escape}");
    await userEvent.click(nav().getByRole("button", { name: "Clear search" }));
    expect(nav().getByRole("link", { name: "Thread a" })).toBeTruthy();
  });

  it("says that nothing was found", async () => {
    await setUp();
    await userEvent.type(nav().getByRole("searchbox"), "nothing");
    expect(await nav().findByText("No conversations found")).toBeTruthy();
  });

  it("does not search for what is still being composed", async () => {
    const { server } = await setUp();
    const field = nav().getByRole("searchbox");
    fireEvent.compositionStart(field);
    fireEvent.change(field, { target: { value: "に" } });
    fireEvent.keyDown(field, { key: "Escape", isComposing: true });
    expect(server.searchThreads).not.toHaveBeenCalled();
    fireEvent.change(field, { target: { value: "日本" } });
    fireEvent.compositionEnd(field);
    await waitFor(() => expect(server.searchThreads.mock.calls[0]?.[0]).toBe("日本"));
  });

  it("says why a search failed, and tries again", async () => {
    const { server } = await setUp();
    server.searchThreads.mockRejectedValueOnce(new ApiError(503, "overloaded", "Busy."));
    await userEvent.type(nav().getByRole("searchbox"), "form");
    expect((await screen.findByRole("alert")).textContent).toContain("Busy.");
    await userEvent.click(nav().getByRole("button", { name: "Try again" }));
    expect(await nav().findByRole("link", { name: "Größe & Form" })).toBeTruthy();
  });

  it("says why a thread could not be deleted", async () => {
    const { server } = await setUp();
    server.deleteThread.mockRejectedValueOnce(new ApiError(503, "overloaded", "Busy."));
    await choose("Thread a", "Delete");
    await userEvent.click(screen.getByRole("button", { name: "Delete" }));
    expect((await screen.findByRole("alert")).textContent).toContain("Busy.");
    expect(nav().getByRole("link", { name: "Thread a", hidden: true })).toBeTruthy();
  });
});
