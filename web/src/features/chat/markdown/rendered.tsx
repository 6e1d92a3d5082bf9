// An answer's Markdown, drawn with React elements alone: no HTML is ever parsed.
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
  /** More will come: only its end is read again. */
  growing: boolean;
}

/** A text up to this long is drawn at once. */
const SHORT_CHARS = 8 * 1024;
const NO_LINKS: Links = {};

export function Rendered({ text, growing }: MarkdownProps) {
  const [reader] = useState(() => new PieceReader());
  const id = useId();
  // Typing and scrolling come first while a long answer is drawn.
  const shown = useDeferredValue(text, text.length > SHORT_CHARS ? "" : text);
  const pieces = reader.read(shown);
  const count = useGrowingCount(pieces.length);
  const complete = !growing && shown === text;
  // A definition may stand below its links: they are resolved when all of it is there.
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
