// An answer's Markdown, drawn block by block with React elements alone: no HTML is ever parsed.
import type { Token } from "marked";
import { useDeferredValue, useState } from "react";
import { type Block, BlockReader } from "./block-reader";
import { BlockView } from "./block-view";
import { PlainText } from "./plain-text";

export interface MarkdownProps {
  text: string;
  /** More will come: only its end is read again. */
  growing: boolean;
}

export function Rendered({ text, growing }: MarkdownProps) {
  const [reader] = useState(() => new BlockReader());
  // Typing and scrolling come first while a long answer grows.
  const shown = useDeferredValue(text);
  const complete = !growing && shown === text;
  let blocks: Block[];
  try {
    blocks = reader.read(shown, complete);
  } catch {
    // Thousands of nested quotes: the lexer's stack is not endless.
    return <PlainText text={shown} />;
  }
  const relinked = complete && blocks.some(({ token }) => token.type === "def");
  const levelOf = outline();
  return blocks.map(({ start, token }) => (
    <BlockView key={start} token={token} level={levelOf(token)} relinked={relinked} />
  ));
}

/**
 * The levels of an answer's headings on the page, from 3 on (the page's own end at 2) and without
 * a gap, whatever levels the model wrote: a screen reader's user moves by them.
 */
function outline(): (token: Token) => number {
  const open: number[] = [];
  return (token) => {
    if (token.type !== "heading") return 0;
    while ((open.at(-1) ?? 0) >= token.depth) open.pop();
    open.push(token.depth);
    return Math.min(6, 2 + open.length);
  };
}
