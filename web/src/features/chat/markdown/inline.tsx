// The content of a block: text, emphasis, code, links. Raw HTML is shown as text and images as
// links, so that answers never make the browser contact another host.
import type { Token, Tokens } from "marked";
import { Fragment, type ReactNode } from "react";
import { decodeEntities } from "./entities";
import { FootnoteReference } from "./footnote-reference";
import type { FootnoteToken } from "./footnote-syntax";
import { Formula } from "./formula";
import type { FormulaToken } from "./formula-syntax";
import { GrowingText } from "./growing-text";
import { safeUrl } from "./safe-url";

/** How deep emphasis may nest before the rest is shown as plain text. */
export const MAX_DEPTH = 24;

export function Inline({ tokens, depth = 0 }: { tokens: Token[] | undefined; depth?: number }) {
  // Tokens are identified by their position, and replaced as a whole.
  return tokens?.map((token, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: a token's place is its name
    <Fragment key={index}>{inline(token, depth)}</Fragment>
  ));
}

function inline(token: Token, depth: number): ReactNode {
  if (depth > MAX_DEPTH) return token.raw;
  const inside = () =>
    "tokens" in token && token.tokens ? (
      <Inline tokens={token.tokens} depth={depth + 1} />
    ) : (
      <GrowingText text={decodeEntities("text" in token ? String(token.text) : token.raw)} />
    );
  switch (token.type) {
    case "text":
      return inside();
    case "escape":
      return token.text;
    case "strong":
      return <strong className="font-semibold">{inside()}</strong>;
    case "em":
      return <em>{inside()}</em>;
    case "del":
      return <del>{inside()}</del>;
    case "codespan":
      return (
        <code
          translate="no"
          className="rounded-md bg-base-200 px-1.5 py-0.5 font-mono text-[0.875em]"
        >
          {token.text}
        </code>
      );
    case "br":
      return <br />;
    case "checkbox":
      return null;
    case "link":
      return (
        <SafeLink href={(token as Tokens.Link).href} title={(token as Tokens.Link).title}>
          {inside()}
        </SafeLink>
      );
    case "image":
      return (
        <SafeLink href={(token as Tokens.Image).href} title={(token as Tokens.Image).title}>
          {(token as Tokens.Image).text || (token as Tokens.Image).href}
        </SafeLink>
      );
    case "formula":
      return <Formula token={token as FormulaToken} />;
    case "footnote-reference":
      return <FootnoteReference token={token as FootnoteToken} />;
    case "html":
      // The only tag that models need in table cells; all others are text.
      return /^<br\s*\/?>$/i.test(token.raw.trim()) ? <br /> : token.raw;
    default:
      return token.raw;
  }
}

interface SafeLinkProps {
  href: string;
  title?: string | null;
  children: ReactNode;
}

function SafeLink({ href, title, children }: SafeLinkProps) {
  const url = safeUrl(decodeEntities(href));
  if (url === null) return <span>{children}</span>;
  return (
    // `dir` isolates it: a direction override inside cannot reorder the text around.
    <a
      href={url}
      dir="auto"
      title={title ? decodeEntities(title) : undefined}
      target="_blank"
      rel="noopener noreferrer"
      className="text-accent-text underline decoration-accent-text/40 underline-offset-3 wrap-anywhere hover:decoration-current"
    >
      {children}
    </a>
  );
}
