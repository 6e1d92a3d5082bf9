// An answer's Markdown as React elements; HTML is never parsed.
import { useDeferredValue, useId, useMemo, useState } from "react";
import { footnoteLabels } from "./footnote-syntax";
import type { Links } from "./lexer";
import { linkDefinitions } from "./link-definitions";
import { PieceView } from "./piece-view";
import { PieceReader } from "./pieces";
import { TextContext } from "./text-context";
import { useGrowingCount } from "./use-growing-count";

export interface MarkdownProps {
  text: string;
  /** Whether more text will come: only its end is lexed again. */
  growing: boolean;
}

/** A text up to this length is drawn at once. */
const SHORT_CHARS = 8 * 1024;
const NO_LINKS: Links = {};

export function Rendered({ text, growing }: MarkdownProps) {
  const [reader] = useState(() => new PieceReader());
  const id = useId();
  // Input and scrolling have priority while a long answer is drawn.
  const shown = useDeferredValue(text, text.length > SHORT_CHARS ? "" : text);
  const pieces = reader.read(shown);
  const count = useGrowingCount(pieces.length);
  const complete = !growing && shown === text;
  // A definition may come after its links, which are resolved when the text is complete.
  const links = useMemo(() => (complete ? linkDefinitions(shown) : NO_LINKS), [complete, shown]);
  const labels = [...footnoteLabels(shown)].join("\n");
  const context = useMemo(
    () => ({ growing, id, footnotes: new Set(labels === "" ? [] : labels.split("\n")) }),
    [growing, id, labels],
  );
  return (
    <TextContext value={context}>
      {pieces.slice(0, count).map((piece) => (
        <PieceView key={piece.start} piece={piece} links={links} many={pieces.length > 3} />
      ))}
    </TextContext>
  );
}
