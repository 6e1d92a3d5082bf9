// The inside of a block: text, emphasis, code, links. Raw HTML is shown as the text it is, and an
// image as a link to it: nothing of an answer makes the browser ask another host by itself.
import type { Token, Tokens } from "marked";
import { Fragment, type ReactNode } from "react";
import { decodeEntities } from "./entities";
import { safeUrl } from "./safe-url";

/** How deep marks may nest before the rest is shown as it was written. */
export const MAX_DEPTH = 24;

export function Inline({ tokens, depth = 0 }: { tokens: Token[] | undefined; depth?: number }) {
  // Tokens have no identity but their place, and they are replaced as a whole.
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
      decodeEntities("text" in token ? String(token.text) : token.raw)
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
        <code className="rounded-md bg-base-200 px-1.5 py-0.5 font-mono text-[0.875em]">
          {token.text}
        </code>
      );
    case "br":
      return <br />;
    case "checkbox":
      // The list item shows it.
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
    default:
      // Raw HTML, and whatever the lexer may come to know.
      return token.raw;
  }
}

interface SafeLinkProps {
  href: string;
  title?: string | null;
  children: ReactNode;
}

/** A link, where its address is one that may be followed; its words otherwise. */
function SafeLink({ href, title, children }: SafeLinkProps) {
  const url = safeUrl(decodeEntities(href));
  if (url === null) return <span>{children}</span>;
  return (
    <a
      href={url}
      title={title ? decodeEntities(title) : undefined}
      target="_blank"
      rel="noopener noreferrer"
      className="text-accent-text underline decoration-accent-text/40 underline-offset-3 wrap-anywhere hover:decoration-current"
    >
      {children}
    </a>
  );
}
