// All notes as one Markdown file.
import type { Note } from "../../protocol/types";

/** The notes below one heading each, in the order given. */
export function notesToMarkdown(notes: readonly Note[]): string {
  return notes
    .map(({ title, content }) => `# ${title.replace(/\s+/g, " ")}\n\n${content.trim()}\n`)
    .join("\n");
}

/** Has the browser save a text as a file. */
export function saveFile(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/markdown;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken it by then; at once would be too early for some.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
