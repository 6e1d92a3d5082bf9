// Lexes Markdown as models write it, using marked with formulas and footnotes, and with limits that
// keep its time linear.
import { Lexer, type MarkedOptions, type Token, type Tokens, type TokensList } from "marked";
import { footnoteDefinition, footnoteReference, startOfFootnote } from "./footnote-syntax";
import { formulaBlock, formulaInline, startOfFormula, startOfFormulaBlock } from "./formula-syntax";
import { ModelTokenizer } from "./model-tokenizer";

/** The delimiters that marked tries to match, in time quadratic in their number. */
const DELIMITERS = /[*_~`[\]<>!&\\$@]/g;
/** Most time, as the sum of these squares, that a text is lexed for; the rest is as written. */
const MAX_EFFORT = 250 ** 2;
/** Longest address or run of spaces, which are matched in time quadratic in their length. */
const LONG_RUN = /\S{2000}|[^\S\n]{500}/;
/** Deepest nesting of quotes and lists. */
const MAX_NESTING = 24;
/** Most lines that a list item continues over; marked reads them again for each one. */
const MAX_ITEM_LINES = 200;

export type Links = Readonly<Record<string, { href: string; title: string | undefined }>>;

/** `links` are the link definitions of the whole text. */
export function lex(text: string, links: Links): Token[] {
  const lexer = new BoundedLexer(OPTIONS);
  Object.assign(lexer.tokens.links, links);
  return lexer.lex(text);
}

class BoundedLexer extends Lexer {
  private nesting = 0;
  private effort = 0;

  override blockTokens(src: string, tokens?: Token[], clipped?: boolean): Token[];
  override blockTokens(src: string, tokens?: TokensList, clipped?: boolean): TokensList;
  override blockTokens(src: string, tokens: Token[] = [], clipped?: boolean): Token[] {
    if (this.nesting >= MAX_NESTING || isCostlyItem(src, this.nesting)) {
      tokens.push(asWritten(src));
      return tokens;
    }
    this.nesting += 1;
    try {
      return super.blockTokens(src, tokens, clipped);
    } finally {
      this.nesting -= 1;
    }
  }

  override inlineTokens(src: string, tokens: Token[] = []): Token[] {
    const effort = this.effort + (src.match(DELIMITERS)?.length ?? 0) ** 2;
    if (effort <= MAX_EFFORT && !LONG_RUN.test(src)) {
      this.effort = effort;
      return super.inlineTokens(src, tokens);
    }
    tokens.push(asWritten(src));
    return tokens;
  }
}

function asWritten(raw: string): Tokens.Text {
  return { type: "text", raw, text: raw, escaped: false };
}

function isCostlyItem(src: string, nesting: number): boolean {
  return nesting > 0 && src.split("\n", MAX_ITEM_LINES + 1).length > MAX_ITEM_LINES;
}

const OPTIONS: MarkedOptions = {
  gfm: true,
  breaks: true,
  tokenizer: new ModelTokenizer(),
  extensions: {
    block: [formulaBlock, footnoteDefinition],
    inline: [formulaInline, footnoteReference],
    startBlock: [startOfFormulaBlock],
    startInline: [startOfFormula, startOfFootnote],
    childTokens: {},
    renderers: {},
  },
};
