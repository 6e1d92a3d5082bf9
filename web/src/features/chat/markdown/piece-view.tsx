// A piece of a text, lexed and drawn again only when it changes.
import { memo, useMemo, useRef } from "react";
import { classNames } from "../../../ui/class-names";
import { BlockView } from "./block-view";
import { CodeBlock } from "./code-block";
import { type Links, lex } from "./lexer";
import { openHeadings, type Piece } from "./pieces";
import { PlainText } from "./plain-text";
import { TextContext } from "./text-context";
import { useWordByWord } from "./use-word-by-word";

interface PieceViewProps {
  piece: Piece;
  growing: boolean;
  links: Links;
  /** The footnotes of the whole text, and the prefix of their ids. */
  footnotes: ReadonlySet<string>;
  textId: string;
  /** In a long text, pieces out of view are not laid out. */
  many: boolean;
}

export const PieceView = memo(
  function PieceView({ piece, growing, links, footnotes, textId, many }: PieceViewProps) {
    const element = useRef<HTMLDivElement>(null);
    const wordByWord = useWordByWord(element, growing);
    const context = useMemo(
      () => ({ growing, wordByWord, footnotes, id: textId }),
      [growing, wordByWord, footnotes, textId],
    );
    return (
      <div
        ref={element}
        className={classNames(
          "flex min-w-0 flex-col gap-3",
          many &&
            "[contain-intrinsic-size:auto_40rem] [content-visibility:auto] print:[content-visibility:visible]",
        )}
      >
        <TextContext value={context}>
          <Content piece={piece} links={links} />
        </TextContext>
      </div>
    );
  },
  (before, after) =>
    before.piece.text === after.piece.text &&
    before.piece.kind === after.piece.kind &&
    before.piece.outline.join() === after.piece.outline.join() &&
    before.growing === after.growing &&
    before.links === after.links &&
    before.footnotes === after.footnotes &&
    before.many === after.many,
);

type ContentProps = Pick<PieceViewProps, "piece" | "links">;

function Content({ piece, links }: ContentProps) {
  if (piece.kind === "plain") return <PlainText text={piece.text} />;
  if (piece.kind === "code") return <Fence text={piece.text} />;
  return <Blocks piece={piece} links={links} />;
}

function Blocks({ piece, links }: ContentProps) {
  const tokens = useMemo(() => lex(piece.text, links), [piece.text, links]);
  let open = piece.outline;
  return tokens.map((token, index) => {
    if (token.type === "heading") open = openHeadings(open, token.depth);
    const level = token.type === "heading" ? Math.min(6, 2 + open.length) : 0;
    // biome-ignore lint/suspicious/noArrayIndexKey: a block's place in its piece is its name
    return <BlockView key={index} token={token} level={level} links={links} />;
  });
}

function Fence({ text }: { text: string }) {
  const [first = "", ...lines] = text.trimEnd().split("\n");
  const fence = /^ *([`~]+)/.exec(first)?.[1] ?? "";
  if (lines.at(-1)?.trim().startsWith(fence)) lines.pop();
  const language = first.replace(/^[ `~]+/, "").split(/\s/, 1)[0] ?? "";
  return <CodeBlock code={lines.join("\n")} language={language} />;
}
