// The content of a note, loaded when it is expanded and when the note changes.
import { useEffect, useState } from "react";
import type { Note, NoteSummary } from "../../protocol/types";

export interface NoteContent {
  content: string | null;
  error: unknown;
}

const NOTHING: NoteContent = { content: null, error: null };

export function useNoteContent(
  { title, updated_at }: NoteSummary,
  open: boolean,
  read: (title: string) => Promise<Note>,
): NoteContent {
  const [state, setState] = useState(NOTHING);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a changed note is read again
  useEffect(() => {
    if (!open) return;
    let isWanted = true;
    read(title).then(
      ({ content }) => isWanted && setState({ content, error: null }),
      (error: unknown) => isWanted && setState({ content: null, error }),
    );
    return () => {
      isWanted = false;
    };
  }, [open, title, updated_at, read]);

  return state;
}
