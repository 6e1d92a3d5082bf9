import { render, screen, waitFor, within } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { MemoryRouter } from "react-router";
import { describe, expect, it, vi } from "vitest";
import { ApiError } from "../../api/http";
import type { Thread } from "../../protocol/types";
import { ThreadList } from "./thread-list";
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
    renameThread: vi.fn(async (id: string, title: string) => ({ ...aThread(id), title })),
    deleteThread: vi.fn(async () => undefined),
  };
  const store = new ThreadsStore(server, () => undefined);
  const onNewChat = vi.fn();
  const onDeleted = vi.fn();
  render(
    <MemoryRouter initialEntries={["/chat?embed=1&site=shop"]}>
      <ThreadList
        store={store}
        activeId="b"
        onNewChat={onNewChat}
        onOpen={() => undefined}
        onDeleted={onDeleted}
      />
    </MemoryRouter>,
  );
  await store.refresh();
  await screen.findByRole("link", { name: "Thread a" });
  return { server, store, onNewChat, onDeleted };
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
    // What had the focus is gone with the thread.
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(document.activeElement?.getAttribute("aria-label")).toBe("Conversations");
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
