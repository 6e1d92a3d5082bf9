import { useLayoutEffect, useRef, useState } from "react";
import { readDraft, writeDraft } from "./drafts";

export function useDraft(threadId: string | null, answering: boolean) {
  const [text, setText] = useState(() => readDraft(threadId));
  const shown = useRef(threadId);

  useLayoutEffect(() => {
    const before = shown.current;
    if (before === threadId) {
      writeDraft(threadId, text);
      return;
    }
    shown.current = threadId;
    // The server has named a new conversation: keep what was typed meanwhile.
    if (before === null && answering) {
      writeDraft(null, "");
      writeDraft(threadId, text);
    } else {
      setText(readDraft(threadId));
    }
  }, [threadId, answering, text]);

  return [text, setText] as const;
}
