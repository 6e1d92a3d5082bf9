// Plain text, where it is not drawn as Markdown. A long one is split into blocks, since a browser
// lays out a whole block whenever it grows.
import { memo } from "react";

const BLOCK_CHARS = 2_000;
const BLOCK_LINES = 100;

export function PlainText({ text }: { text: string }) {
  return (
    <div dir="auto" className="whitespace-pre-wrap wrap-anywhere">
      {blocksOf(text).map((block, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a block's place is its name
        <PlainBlock key={index} text={block} />
      ))}
    </div>
  );
}

const PlainBlock = memo(function PlainBlock({ text }: { text: string }) {
  return (
    <p className="min-h-[1lh] [contain-intrinsic-size:auto_40rem] [content-visibility:auto] print:[content-visibility:visible]">
      {text}
    </p>
  );
});

function blocksOf(text: string): string[] {
  const blocks: string[] = [];
  let start = 0;
  let lines = 0;
  for (let at = 0; at < text.length; at += 1) {
    const isEnd = text[at] === "\n";
    if (isEnd) lines += 1;
    const size = at + 1 - start;
    if (!(isEnd && (lines >= BLOCK_LINES || size >= BLOCK_CHARS)) && size < 2 * BLOCK_CHARS)
      continue;
    // The end of the block breaks the line.
    blocks.push(text.slice(start, isEnd ? at : at + 1));
    start = at + 1;
    lines = 0;
  }
  if (start < text.length) blocks.push(text.slice(start));
  return blocks;
}
