import { act, render, screen, waitFor, within } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { ApiError } from "../../api/http";
import type { Note } from "../../protocol/types";
import { notesToMarkdown } from "./notes-file";
import { NotesPanel } from "./notes-panel";
import { NotesStore } from "./notes-store";

const aNote = (title: string, content = `About ${title}`): Note => ({
  title,
  content,
  updated_at: "2026-01-01T12:00:00Z",
});

async function setUp(items: Note[], canDownload = true) {
  const server = {
    items,
    listNotes: vi.fn(async () => ({ items: server.items })),
    deleteNote: vi.fn(async () => undefined),
  };
  const changed = vi.fn();
  const store = new NotesStore(server, changed);
  render(<NotesPanel store={store} canDownload={canDownload} />);
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
    expect(region().getByText("On *Friday*")).toBeTruthy();
    expect(region().getByRole("button", { name: "Copy" })).toBeTruthy();
    await userEvent.click(region().getByRole("button", { name: "Delete" }));
    const dialog = within(screen.getByRole("dialog", { name: "Delete this note?" }));
    await userEvent.click(dialog.getByRole("button", { name: "Delete" }));
    await waitFor(() => expect(region().queryByRole("button", { name: /Demo/ })).toBeNull());
    expect(server.deleteNote).toHaveBeenCalledWith("Demo");
    expect(region().getByRole("button", { name: /Shop/ })).toBeTruthy();
    expect(changed).toHaveBeenCalledTimes(1);
    // What had the focus is gone with the note.
    expect(document.activeElement).toBe(screen.getByRole("region", { name: "Notes" }));
  });

  it("copies all notes where the browser allows no downloads", async () => {
    await setUp([aNote("Demo", "On Friday"), aNote("Shop")], false);
    const user = userEvent.setup();
    expect(region().queryByRole("button", { name: "Download all notes" })).toBeNull();
    await user.click(region().getByRole("button", { name: "Copy all notes" }));
    const copied = await navigator.clipboard.readText();
    expect(copied).toContain("On Friday");
    expect(copied).toContain("Shop");
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
