// A block of an answer, redrawn only when its text changes.
import type { Token, Tokens } from "marked";
import { createElement, memo, type ReactNode } from "react";
import { useLocale } from "../../../i18n/locale";
import { t } from "../../../i18n/translate";
import { ScrollBox } from "../../../ui/scroll-box";
import { CodeBlock } from "./code-block";
import { directionOf } from "./direction";
import { decodeEntities } from "./entities";
import { Footnote } from "./footnote";
import type { FootnoteToken } from "./footnote-syntax";
import { Formula } from "./formula";
import type { FormulaToken } from "./formula-syntax";
import { GrowingText } from "./growing-text";
import { Inline, MAX_DEPTH } from "./inline";
import type { Links } from "./lexer";
import { PlainText } from "./plain-text";

export interface BlockViewProps {
  token: Token;
  /** The level of a heading on this page, 3 to 6; 0 for other blocks. */
  level: number;
  links: Links;
}

/** Memoised by text and language: earlier blocks of a growing answer are not redrawn. */
export const BlockView = memo(
  function BlockView({ token, level }: BlockViewProps) {
    useLocale();
    if (token.type === "heading")
      return <Heading heading={token as Tokens.Heading} level={level} />;
    return block(token, 0);
  },
  (before, after) =>
    before.token === after.token ||
    (before.token.raw === after.token.raw &&
      before.token.type === after.token.type &&
      before.level === after.level &&
      before.links === after.links),
);

function block(token: Token, depth: number): ReactNode {
  if (depth > MAX_DEPTH) return <PlainText text={token.raw} />;
  switch (token.type) {
    case "space":
    case "def":
      return null;
    case "paragraph":
      return (
        <p dir="auto">
          <Inline tokens={token.tokens} />
        </p>
      );
    case "text":
      // Inside a list item without blank lines: not a paragraph.
      return token.tokens ? (
        <Inline tokens={token.tokens} />
      ) : (
        <GrowingText text={decodeEntities(token.text)} />
      );
    case "heading":
      // Inside a quote or a list a heading is not part of the page's outline.
      return (
        <p dir="auto" className="font-semibold">
          <Inline tokens={token.tokens} />
        </p>
      );
    case "code":
      return <CodeBlock code={token.text} language={(token.lang ?? "").split(/\s/, 1)[0]} />;
    case "blockquote":
      return (
        <blockquote
          dir={directionOf(token.raw)}
          className="flex flex-col gap-3 border-base-300 border-s-3 ps-4 text-muted"
        >
          <Blocks tokens={(token as Tokens.Blockquote).tokens} depth={depth + 1} />
        </blockquote>
      );
    case "list":
      return <List list={token as Tokens.List} depth={depth} />;
    case "table":
      return <Table table={token as Tokens.Table} />;
    case "hr":
      return <hr className="my-2 border-base-300" />;
    case "formula":
      return <Formula token={token as FormulaToken} />;
    case "footnote":
      return <Footnote token={token as FootnoteToken} />;
    default:
      // Raw HTML is shown as text.
      return <PlainText text={token.raw.trim()} />;
  }
}

const HEADINGS = [
  "mt-4 text-2xl",
  "mt-4 text-xl",
  "mt-3 text-lg",
  "mt-2 text-base",
  "mt-2 text-sm",
  "mt-2 text-muted text-sm",
];

/** Has the look of its level in the text; its level on the page leaves no gap. */
function Heading({ heading, level }: { heading: Tokens.Heading; level: number }) {
  const className = `font-semibold first:mt-0 ${HEADINGS[heading.depth - 1]}`;
  return createElement(`h${level}`, { className, dir: "auto" }, <Inline tokens={heading.tokens} />);
}

function Blocks({ tokens, depth }: { tokens: Token[]; depth: number }) {
  return tokens.map((token, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: a token's place is its name
    <BlockInside key={index} token={token} depth={depth} />
  ));
}

function BlockInside({ token, depth }: { token: Token; depth: number }) {
  return block(token, depth);
}

function List({ list, depth }: { list: Tokens.List; depth: number }) {
  const items = list.items.map((item, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: an item's place is its name
    <Item key={index} item={item} loose={list.loose} depth={depth} />
  ));
  const look = "flex flex-col gap-1 ps-6 marker:text-muted";
  // Its items inherit the direction, and with it the side of their markers.
  const dir = directionOf(list.raw);
  return list.ordered ? (
    <ol
      dir={dir}
      start={list.start === "" ? undefined : list.start}
      className={`list-decimal ${look}`}
    >
      {items}
    </ol>
  ) : (
    <ul dir={dir} className={`list-disc ${look}`}>
      {items}
    </ul>
  );
}

function Item({ item, loose, depth }: { item: Tokens.ListItem; loose: boolean; depth: number }) {
  const look = loose ? "flex min-w-0 flex-col gap-2" : "min-w-0 *:[ol,ul]:mt-1";
  const inside = item.tokens.filter(({ type }) => type !== "checkbox");
  const content = (
    <div className={look}>
      <Blocks tokens={inside} depth={depth + 1} />
    </div>
  );
  if (!item.task) return <li>{content}</li>;
  return (
    <li className="-ms-6 flex list-none gap-2">
      <span role="img" aria-label={item.checked ? t("markdown.done") : t("markdown.todo")}>
        {item.checked ? "☑" : "☐"}
      </span>
      {content}
    </li>
  );
}

const ALIGN = { left: "text-start", center: "text-center", right: "text-end" } as const;

function Table({ table }: { table: Tokens.Table }) {
  const align = (index: number) => ALIGN[table.align[index] ?? "left"];
  return (
    <ScrollBox
      label={t("markdown.table")}
      dir={directionOf(table.raw)}
      className="overflow-x-auto rounded-box border border-base-300 print:overflow-visible"
    >
      <table className="w-full border-collapse text-sm">
        <thead className="bg-base-200">
          <tr>
            {table.header.map((cell, index) => (
              <th
                // biome-ignore lint/suspicious/noArrayIndexKey: a cell's place is its name
                key={index}
                scope="col"
                dir="auto"
                className={`px-3.5 py-2 font-semibold ${align(index)}`}
              >
                <Inline tokens={cell.tokens} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a row's place is its name
            <tr key={at} className="border-base-300 border-t">
              {row.map((cell, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a cell's place is its name
                <td key={index} dir="auto" className={`px-3.5 py-2 align-top ${align(index)}`}>
                  <Inline tokens={cell.tokens} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}
