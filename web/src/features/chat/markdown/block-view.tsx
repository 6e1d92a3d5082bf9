// One block of an answer. It is drawn again only when its own text has changed.
import type { Token, Tokens } from "marked";
import { createElement, memo, type ReactNode } from "react";
import { t } from "../../../i18n/translate";
import { CodeBlock } from "./code-block";
import { decodeEntities } from "./entities";
import { Inline, MAX_DEPTH } from "./inline";

export interface BlockViewProps {
  token: Token;
  /** The level of a heading on this page, 3 to 6; 0 for all else. */
  level: number;
  /** The text is whole and links of this block may have their targets elsewhere in it. */
  relinked: boolean;
}

/** Memoised by the text: while an answer grows, its earlier blocks are left alone. */
export const BlockView = memo(
  function BlockView({ token, level }: BlockViewProps) {
    if (token.type === "heading")
      return <Heading heading={token as Tokens.Heading} level={level} />;
    return block(token, 0);
  },
  (before, after) =>
    before.token === after.token ||
    (before.token.raw === after.token.raw &&
      before.token.type === after.token.type &&
      before.level === after.level &&
      before.relinked === after.relinked),
);

function block(token: Token, depth: number): ReactNode {
  if (depth > MAX_DEPTH) return <p className="whitespace-pre-wrap">{token.raw}</p>;
  switch (token.type) {
    case "space":
    case "def":
      return null;
    case "paragraph":
      return (
        <p>
          <Inline tokens={token.tokens} />
        </p>
      );
    case "text":
      // Inside a list item without blank lines: no paragraph of its own.
      return token.tokens ? <Inline tokens={token.tokens} /> : decodeEntities(token.text);
    case "heading":
      // Inside a quote or a list it has no place in the page's outline.
      return (
        <p className="font-semibold">
          <Inline tokens={token.tokens} />
        </p>
      );
    case "code":
      return <CodeBlock code={token.text} language={(token.lang ?? "").split(/\s/, 1)[0]} />;
    case "blockquote":
      return (
        <blockquote className="flex flex-col gap-3 border-base-300 border-l-3 pl-4 text-muted">
          <Blocks tokens={(token as Tokens.Blockquote).tokens} depth={depth + 1} />
        </blockquote>
      );
    case "list":
      return <List list={token as Tokens.List} depth={depth} />;
    case "table":
      return <Table table={token as Tokens.Table} />;
    case "hr":
      return <hr className="my-2 border-base-300" />;
    default:
      // Raw HTML is shown, never made.
      return <p className="whitespace-pre-wrap">{token.raw.trim()}</p>;
  }
}

const HEADINGS = [
  "mt-3 font-semibold text-xl first:mt-0",
  "mt-3 font-semibold text-lg first:mt-0",
  "mt-2 font-semibold text-base first:mt-0",
];

/** It looks as large as it was written; its level is the one that leaves no gap. */
function Heading({ heading, level }: { heading: Tokens.Heading; level: number }) {
  const className = HEADINGS[Math.min(heading.depth, HEADINGS.length) - 1];
  return createElement(`h${level}`, { className }, <Inline tokens={heading.tokens} />);
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
  const look = "flex flex-col gap-1 pl-6 marker:text-muted";
  return list.ordered ? (
    <ol start={list.start === "" ? undefined : list.start} className={`list-decimal ${look}`}>
      {items}
    </ol>
  ) : (
    <ul className={`list-disc ${look}`}>{items}</ul>
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
    <li className="-ml-6 flex list-none gap-2">
      <span role="img" aria-label={item.checked ? t("markdown.done") : t("markdown.todo")}>
        {item.checked ? "☑" : "☐"}
      </span>
      {content}
    </li>
  );
}

const ALIGN = { left: "text-left", center: "text-center", right: "text-right" } as const;

function Table({ table }: { table: Tokens.Table }) {
  const align = (index: number) => ALIGN[table.align[index] ?? "left"];
  return (
    <section
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region takes the focus
      tabIndex={0}
      aria-label={t("markdown.table")}
      className="overflow-x-auto rounded-box border border-base-300"
    >
      <table className="w-full border-collapse text-sm">
        <thead className="bg-base-200">
          <tr>
            {table.header.map((cell, index) => (
              <th
                // biome-ignore lint/suspicious/noArrayIndexKey: a cell's place is its name
                key={index}
                scope="col"
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
                <td key={index} className={`px-3.5 py-2 align-top ${align(index)}`}>
                  <Inline tokens={cell.tokens} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
