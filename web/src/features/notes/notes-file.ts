// All notes as one Markdown file.
import { exportMyData } from "../../api/me";
import type { Note } from "../../protocol/types";
import { saveFile } from "../../ui/save-file";

/** Saves every note with its content to a file. Throws if they cannot be loaded. */
export async function downloadNotes(): Promise<void> {
  const everything: unknown = JSON.parse(await (await exportMyData()).text());
  const { notes } = everything as { notes: Note[] };
  saveFile("notes.md", new Blob([notesToMarkdown(notes)], { type: "text/markdown" }));
}

/** The notes in the given order, each under a heading. */
export function notesToMarkdown(notes: readonly Note[]): string {
  return notes
    .map(({ title, content }) => `# ${title.replace(/\s+/g, " ")}\n\n${content.trim()}\n`)
    .join("\n");
}
