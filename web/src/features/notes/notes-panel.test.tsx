import { act, render, screen, waitFor, within } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { ApiError } from "../../api/http";
import type { Note, NoteSummary } from "../../protocol/types";
import { notesToMarkdown } from "./notes-file";
import { NotesPanel } from "./notes-panel";
import { NotesStore } from "./notes-store";

const aNote = (title: string, content = `About ${title}`): Note => ({
  title,
  content,
  updated_at: "2026-01-01T12:00:00Z",
});

const summary = ({ title, content, updated_at }: Note): NoteSummary => ({
  title,
  preview: content.slice(0, 10),
  bytes: content.length,
  updated_at,
});

async function setUp(items: Note[], more: Note[] = []) {
  const server = {
    items,
    listNotes: vi.fn(async (cursor?: string) => ({
      items: (cursor ? more : server.items).map(summary),
      next_cursor: more.length > 0 && !cursor ? "2" : null,
    })),
    getNote: vi.fn(async (wanted: string) => {
      const note = [...server.items, ...more].find(({ title }) => title === wanted);
      if (!note) throw new ApiError(404, "note_not_found", "Gone.");
      return note;
    }),
    deleteNote: vi.fn(async () => undefined),
  };
  const changed = vi.fn();
  const store = new NotesStore(server, changed);
  render(<NotesPanel store={store} />);
  await act(() => store.refresh());
  return { server, store, changed };
}

const region = () => within(screen.getByRole("region", { name: "Notes" }));

describe("NotesPanel", () => {
  it("says when there are none, and shows those that come", async () => {
    const { server, store } = await setUp([]);
    expect(region().getByText("No notes yet")).toBeTruthy();
    expect(region().queryByRole("button", { name: "Download all notes" })).toBeNull();
    server.items = [aNote("Demo")];
    await act(() => store.refresh());
    expect(region().getByRole("button", { name: /Demo/ })).toBeTruthy();
  });

  it("opens a note to be read, copied and deleted", async () => {
    const { server, changed } = await setUp([aNote("Demo", "On *Friday*"), aNote("Shop")]);
    await userEvent.click(region().getByRole("button", { name: /Demo/ }));
    expect(await region().findByText("On *Friday*")).toBeTruthy();
    expect(server.getNote.mock.calls).toEqual([["Demo"]]);
    expect(region().getByRole("button", { name: "Copy" })).toBeTruthy();
    await userEvent.click(region().getByRole("button", { name: "Delete" }));
    const dialog = within(screen.getByRole("dialog", { name: "Delete this note?" }));
    await userEvent.click(dialog.getByRole("button", { name: "Delete" }));
    await waitFor(() => expect(region().queryByRole("button", { name: /Demo/ })).toBeNull());
    expect(server.deleteNote).toHaveBeenCalledWith("Demo");
    expect(region().getByRole("button", { name: /Shop/ })).toBeTruthy();
    expect(changed).toHaveBeenCalledTimes(1);
    // The focused element disappeared with the note.
    expect(document.activeElement).toBe(screen.getByRole("region", { name: "Notes" }));
  });

  it("shows previews until a note is opened, and reads it again when it has changed", async () => {
    const { server, store } = await setUp([aNote("Demo", "A longer text")]);
    expect(region().getByText("A longer t")).toBeTruthy();
    expect(server.getNote).not.toHaveBeenCalled();
    await userEvent.click(region().getByRole("button", { name: /Demo/ }));
    expect(await region().findByText("A longer text")).toBeTruthy();
    server.items = [{ ...aNote("Demo", "Another"), updated_at: "2026-01-02T12:00:00Z" }];
    await act(() => store.refresh());
    expect(await region().findByText("Another")).toBeTruthy();
  });

  it("says when a note is gone by the time it is opened", async () => {
    const { server } = await setUp([aNote("Demo")]);
    server.items = [];
    await userEvent.click(region().getByRole("button", { name: /Demo/ }));
    expect((await region().findByRole("alert")).textContent).toBe("Gone.");
  });

  it("loads more, until there is no more", async () => {
    await setUp([aNote("Demo")], [aNote("Demo"), aNote("Older")]);
    await userEvent.click(region().getByRole("button", { name: "Load more" }));
    expect(await region().findByRole("button", { name: /Older/ })).toBeTruthy();
    expect(region().getAllByRole("button", { name: /Demo/ })).toHaveLength(1);
    expect(region().queryByRole("button", { name: "Load more" })).toBeNull();
  });

  it("downloads all notes with their contents", async () => {
    const saved = vi.spyOn(URL, "createObjectURL").mockReturnValue("blob:x");
    vi.stubGlobal("fetch", async () => Response.json({ notes: [aNote("Demo", "On Friday")] }));
    await setUp([aNote("Demo")]);
    await userEvent.click(region().getByRole("button", { name: "Download all notes" }));
    await waitFor(() => expect(saved).toHaveBeenCalledTimes(1));
    const [[content] = []] = saved.mock.calls;
    expect(await (content as Blob).text()).toBe("# Demo\n\nOn Friday\n");
  });

  it("says why a note could not be deleted, and keeps it", async () => {
    const { server } = await setUp([aNote("Demo")]);
    server.deleteNote.mockRejectedValueOnce(new ApiError(0, "offline", "No network."));
    await userEvent.click(region().getByRole("button", { name: /Demo/ }));
    await userEvent.click(region().getByRole("button", { name: "Delete" }));
    const dialog = within(screen.getByRole("dialog"));
    await userEvent.click(dialog.getByRole("button", { name: "Delete" }));
    expect((await dialog.findByRole("alert")).textContent).toBe("No network.");
    await userEvent.click(dialog.getByRole("button", { name: "Cancel" }));
    expect(region().getByRole("button", { name: /Demo/ })).toBeTruthy();
  });

  it("says when they could not be fetched, and tries again", async () => {
    const { server, store } = await setUp([aNote("Demo")]);
    server.listNotes.mockRejectedValueOnce(new ApiError(0, "offline", "No network."));
    await act(() => store.refresh());
    expect(region().getByRole("alert").textContent).toContain("No network.");
    expect(region().getByRole("button", { name: /Demo/ })).toBeTruthy();
    await userEvent.click(region().getByRole("button", { name: "Try again" }));
    await waitFor(() => expect(region().queryByRole("alert")).toBeNull());
  });

  it("fetches once more, not many times, for what changed during a fetch", async () => {
    const { server, store } = await setUp([]);
    server.listNotes.mockClear();
    await act(() => Promise.all([store.refresh(), store.refresh(), store.refresh()]));
    expect(server.listNotes).toHaveBeenCalledTimes(2);
  });
});

describe("notesToMarkdown", () => {
  it("is one heading a note", () => {
    expect(notesToMarkdown([aNote("One\ntitle", "- a\n- b\n"), aNote("Two", "text")])).toBe(
      "# One title\n\n- a\n- b\n\n# Two\n\ntext\n",
    );
  });
});
