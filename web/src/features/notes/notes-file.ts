import { exportMyData } from "../../api/me";
import type { Note } from "../../protocol/types";
import { saveFile } from "../../ui/save-file";

/** Throws if the notes cannot be loaded. */
export async function downloadNotes(): Promise<void> {
  const everything: unknown = JSON.parse(await (await exportMyData()).text());
  const { notes } = everything as { notes: Note[] };
  saveFile("notes.md", new Blob([notesToMarkdown(notes)], { type: "text/markdown" }));
}

export function notesToMarkdown(notes: readonly Note[]): string {
  return notes
    .map(({ title, content }) => `# ${title.replace(/\s+/g, " ")}\n\n${content.trim()}\n`)
    .join("\n");
}
