// Link definitions (`[name]: address "title"`), which may be anywhere in a text.
import type { Links } from "./lexer";

const DEFINITION =
  /^ {0,3}\[(?!\^)([^\]\n]{1,200})\]:[^\S\n]*<?([^\s>]{1,2000})>?(?:[^\S\n]+["'(]([^\n]{0,500})["')])?[^\S\n]*$/gm;

/** One object for all texts without definitions, so that they are not lexed again. */
export const NO_LINKS: Links = {};

export function linkDefinitions(text: string): Links {
  if (!text.includes("]:")) return NO_LINKS;
  const found = [...text.matchAll(DEFINITION)].reverse();
  if (found.length === 0) return NO_LINKS;
  // The first of several definitions counts.
  return Object.fromEntries(
    found.map(([, label = "", href = "", title]) => [
      label.toLowerCase().replace(/\s+/g, " "),
      { href, title },
    ]),
  );
}
