// TeX in Markdown: `\(…\)` inline; `\[…\]` and `$$…$$` displayed. A single dollar is money.
import type { TokenizerThis, Tokens } from "marked";

export interface FormulaToken extends Tokens.Generic {
  type: "formula";
  raw: string;
  tex: string;
  display: boolean;
}

const MAX_CHARS = 8 * 1024;
// Blanks are trimmed later: matched here, they would take time cubic in their number.
const BLOCK = /^ {0,3}(?:\$\$|\\\[)([\s\S]+?)(?:\$\$|\\\])[^\S\n]*(?:\n|$)/;
const INLINE = /^\\\(([\s\S]+?)\\\)/;
// "$$5 and $$10" is not a formula, since a word follows the end.
const DISPLAY = /^(?:\$\$([^$]+)\$\$(?![\w$])|\\\[([\s\S]+?)\\\])/;

export function startOfFormulaBlock(src: string): number {
  return src.search(/(?:^|\n) {0,3}(?:\$\$|\\\[)/);
}

export function startOfFormula(src: string): number {
  return src.search(/\\[([]|\$\$/);
}

export function formulaBlock(this: TokenizerThis, src: string): FormulaToken | undefined {
  if (!/^ {0,3}(?:\$\$|\\\[)/.test(src)) return undefined;
  const match = BLOCK.exec(paragraphOf(src));
  const closed = match && !/\$\$|\\\]/.test(match[1] ?? "");
  return closed ? formula(match[0], match[1], true) : undefined;
}

export function formulaInline(this: TokenizerThis, src: string): FormulaToken | undefined {
  const start = src.slice(0, 2);
  if (start === "\\(") {
    const match = INLINE.exec(src.slice(0, MAX_CHARS));
    return match ? formula(match[0], match[1], false) : undefined;
  }
  if (start !== "$$" && start !== "\\[") return undefined;
  const match = DISPLAY.exec(src.slice(0, MAX_CHARS));
  return match ? formula(match[0], match[1] ?? match[2], true) : undefined;
}

function formula(raw: string, tex: string | undefined, display: boolean): FormulaToken | undefined {
  const trimmed = tex?.trim() ?? "";
  return trimmed === "" ? undefined : { type: "formula", raw, tex: trimmed, display };
}

/** The text up to a blank line, where every formula ends. */
function paragraphOf(src: string): string {
  const end = src.slice(0, MAX_CHARS).search(/\n[^\S\n]*\n/);
  return src.slice(0, end === -1 ? MAX_CHARS : end + 1);
}
