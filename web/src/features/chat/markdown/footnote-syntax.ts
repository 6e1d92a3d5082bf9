// Footnotes in Markdown: `[^name]` in the text, `[^name]: …` at the start of a line.
import type { TokenizerThis, Tokens } from "marked";

export interface FootnoteToken extends Tokens.Generic {
  type: "footnote" | "footnote-reference";
  raw: string;
  label: string;
}

const REFERENCE = /^\[\^([^\]\s]{1,64})\](?!\()/;
const DEFINITION =
  /^ {0,3}\[\^([^\]\s]{1,64})\]:[^\S\n]*([^\n]*(?:\n(?![^\S\n]*(?:\n|$)| {0,3}\[\^)[^\n]+)*)(?:\n|$)/;

export function startOfFootnote(src: string): number {
  return src.indexOf("[^");
}

export function footnoteReference(this: TokenizerThis, src: string): FootnoteToken | undefined {
  const match = REFERENCE.exec(src);
  return match ? { type: "footnote-reference", raw: match[0], label: match[1] ?? "" } : undefined;
}

export function footnoteDefinition(this: TokenizerThis, src: string): FootnoteToken | undefined {
  const match = DEFINITION.exec(src);
  if (!match) return undefined;
  const tokens: Tokens.Generic[] = [];
  this.lexer.inline(match[2] ?? "", tokens);
  return { type: "footnote", raw: match[0], label: match[1] ?? "", tokens };
}

export function footnoteLabels(text: string): ReadonlySet<string> {
  if (!text.includes("[^")) return new Set();
  const found = text.matchAll(/^ {0,3}\[\^([^\]\s]{1,64})\]:/gm);
  return new Set([...found].map(([, label = ""]) => label));
}
