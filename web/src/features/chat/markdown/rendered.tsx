// An answer's Markdown as React elements; HTML is never parsed.
import { useDeferredValue, useId, useMemo, useState } from "react";
import { footnoteLabels } from "./footnote-syntax";
import { linkDefinitions, NO_LINKS } from "./link-definitions";
import { PieceView } from "./piece-view";
import { PieceReader } from "./pieces";
import { useGrowingCount } from "./use-growing-count";

export interface MarkdownProps {
  text: string;
  /** Whether more text will come: only its end is lexed again. */
  growing: boolean;
}

/** A text up to this length is drawn at once. */
const SHORT_CHARS = 8 * 1024;

export function Rendered({ text, growing }: MarkdownProps) {
  const [reader] = useState(() => new PieceReader());
  const id = useId();
  // Input and scrolling have priority while a long answer is drawn.
  const shown = useDeferredValue(text, text.length > SHORT_CHARS ? "" : text);
  const more = useDeferredValue(growing);
  const pieces = reader.read(shown);
  const count = useGrowingCount(pieces.length);
  const complete = !more && shown === text;
  // A definition may come after its links, which are resolved when the text is complete.
  const links = useMemo(() => (complete ? linkDefinitions(shown) : NO_LINKS), [complete, shown]);
  const labels = [...footnoteLabels(shown)].join("\n");
  const footnotes = useMemo(() => new Set(labels === "" ? [] : labels.split("\n")), [labels]);
  return pieces
    .slice(0, count)
    .map((piece, index) => (
      <PieceView
        key={piece.start}
        piece={piece}
        growing={more && index === pieces.length - 1}
        links={links}
        footnotes={footnotes}
        textId={id}
        many={pieces.length > 3}
      />
    ));
}
