// Differences between models' Markdown and CommonMark: tildes, CJK addresses and CJK emphasis.
import { Tokenizer, type Tokens } from "marked";

const FULL_WIDTH = /[\s\u3000-\u303f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65“”‘’…]/;
const CJK = "\\p{Script=Han}\\p{Script=Hangul}\\p{Script=Hiragana}\\p{Script=Katakana}";
const CJK_LETTER = new RegExp(`[${CJK}]`, "u");

export class ModelTokenizer extends Tokenizer {
  /** "5~7" is a range: only two tildes strike out. */
  override del(src: string, masked: string, previous?: string): Tokens.Del | undefined {
    return src.startsWith("~~") ? super.del(src, masked, previous) : undefined;
  }

  /** A bare address ends before full-width punctuation, which follows it without a space. */
  override url(src: string): Tokens.Link | undefined {
    const end = src.search(FULL_WIDTH);
    return super.url(end === -1 ? src : src.slice(0, end));
  }

  /** CJK text has no spaces around emphasis that begins or ends with punctuation. */
  override emStrong(src: string, masked: string, previous = "") {
    const { rules } = this;
    this.rules = { ...rules, inline: relaxedRules(rules.inline) };
    const before = src.startsWith("*") && CJK_LETTER.test(previous) ? "" : previous;
    try {
      return super.emStrong(src, masked, before);
    } finally {
      this.rules = rules;
    }
  }
}

type InlineRules = Tokenizer["rules"]["inline"];

const relaxed = new WeakMap<InlineRules, InlineRules>();

/**
 * By CommonMark 6.2, which counts all Unicode punctuation, `**注意：**请` is not emphasis. For `*` only
 * ASCII and Latin-1 punctuation counts here, and a CJK letter may follow it.
 */
function relaxedRules(rules: InlineRules): InlineRules {
  const known = relaxed.get(rules);
  if (known) return known;
  const { emStrongLDelim: left, emStrongRDelimAst: right } = rules;
  const [star = "", underscore = ""] = left.source.split(/(?=\|\^_)/);
  const closing = relax(right.source).replace("(\\*+)(?=[\\s]|$)", `(\\*+)(?=[\\s${CJK}]|$)`);
  const made: InlineRules = {
    ...rules,
    emStrongLDelim: new RegExp(relax(star) + underscore, left.flags),
    emStrongRDelimAst: new RegExp(closing, right.flags),
  };
  relaxed.set(rules, made);
  return made;
}

function relax(source: string): string {
  return source.replaceAll("\\p{P}\\p{S}", "!-\\/:-@\\[-`{-~\\u00a1-\\u00bf");
}
