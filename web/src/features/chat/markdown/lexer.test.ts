import type { Token } from "marked";
import { describe, expect, it } from "vitest";
import { lex } from "./lexer";
import { PieceReader } from "./pieces";

function inline(text: string): [type: string, raw: string][] {
  const [block] = lex(text, {}) as (Token & { tokens?: Token[] })[];
  return (block?.tokens ?? []).map(({ type, raw }) => [type, raw]);
}
const marked = (text: string, type: string) =>
  inline(text).flatMap(([found, raw]) => (found === type ? [raw] : []));

describe("tildes", () => {
  it.each(["5~7U, 100~200", "open 9:00~12:00 and 13:00~18:00", "~a~ b", "~/a and ~/b"])(
    "alone are text: %s",
    (text) => expect(marked(text, "del")).toEqual([]),
  );
  it("in pairs strike out", () => expect(marked("a ~~gone~~ b", "del")).toEqual(["~~gone~~"]));
});

describe("emphasis", () => {
  it.each([
    ["**重要（注意）：**请看。", "**重要（注意）：**"],
    ["请**（注意）**看", "**（注意）**"],
    ["他说**“你好”**然后走了", "**“你好”**"],
    ["これは**「重要」**です", "**「重要」**"],
    ["**완료!**했습니다", "**완료!**"],
    ["그래서 **Docker(도커)**는 좋다", "**Docker(도커)**"],
    ["안녕**(중요)**입니다", "**(중요)**"],
    ['**"引用"**について', '**"引用"**'],
    ["中**文**字", "**文**"],
    ["**bold**, then", "**bold**"],
  ])("is read in %s", (text, strong) => expect(marked(text, "strong")).toEqual([strong]));

  it.each(["2 * 3 * 4", "snake_case_name", "a ** b ** c", "5*6*7 ="])("is not read in %s", (text) =>
    expect(marked(text, "strong")).toEqual([]),
  );
  it("keeps the rules of underscores", () => {
    expect(marked("“_so_” and (_this_)", "em")).toEqual(["_so_", "_this_"]);
  });
});

describe("bare addresses", () => {
  it.each([
    ["见 https://example.com/docs，详见说明。", "https://example.com/docs"],
    ["（https://example.com/a）", "https://example.com/a"],
    ["https://example.com/a。次", "https://example.com/a"],
    ["«https://example.com/a?b=c&d=e»…", "https://example.com/a?b=c&d=e»"],
    ["see https://example.com/a, or", "https://example.com/a"],
    ["https://example.com/中文/页", "https://example.com/中文/页"],
  ])("end where they end in %s", (text, address) => {
    expect(marked(text, "link")).toEqual([address]);
  });
});

describe("costly text", () => {
  it("with a formula that never ends is read in linear time", () => {
    const text = `$$${" ".repeat(8_000)}a`;
    expect(lex(text, {}).map(({ raw }) => raw)).toEqual([text]);
  });

  it("is read up to a limit, for all its paragraphs together", () => {
    const paragraph = `${"*a* ".repeat(70)}`;
    const strong = lex(`${paragraph}\n\n`.repeat(8), {})
      .filter(({ type }) => type === "paragraph")
      .map((token) => (token as { tokens?: Token[] }).tokens?.[0]?.type);
    expect(strong).toEqual(["em", "em", "em", "text", "text", "text", "text", "text"]);
  });
});

describe("formulas", () => {
  const formulas = (text: string) =>
    JSON.stringify(lex(text, {})).match(/"tex":"(?:[^"\\]|\\.)*"/g)?.length ?? 0;

  it.each([
    ["Inline \\(E=mc^2\\). It costs $5 and $10.", 1],
    ["\\[\na\n- b\n= c\n\\]", 1],
    ["$$\n\\frac{a}{b}\n$$", 1],
    ["So $$x^2$$ holds, and \\[y\\] too.", 2],
    ["Text\n$$\nx\n$$\nmore", 1],
    ["| a |\n|---|\n| \\(x\\) |", 1],
    ["- one \\(a_1\\) and \\(b_1\\)", 2],
    ["$5 and $10, $a$ and $b$", 0],
    ["costs $$5 and $$10", 0],
    ["`\\(code\\)` and \\\\(no\\\\)", 0],
    ["```\n$$x$$\n```", 0],
    ["\\(never closed", 0],
    ["\\(\\)", 0],
  ])("in %j: %i", (text, count) => expect(formulas(text)).toBe(count));
});

describe("footnotes", () => {
  it("are read as marks and as blocks", () => {
    const text = "Claim[^1] and[^note].\n\n[^1]: Source\n  goes on\n[^note]: Other";
    const json = JSON.stringify(lex(text, {}));
    expect(json.match(/"footnote-reference"/g)).toHaveLength(2);
    expect(json.match(/"type":"footnote"/g)).toHaveLength(2);
  });
});

/** Inputs for which marked needs quadratic time or more, 50 to 100 KB each. */
const WORST: Record<string, string> = {
  "*a.": "*a.".repeat(17_000),
  "60,000 spaces": " ".repeat(60_000),
  "spaces between": `x${" ".repeat(60_000)}x`,
  "nested quotes": ">".repeat(60_000),
  "nested quotes with spaces": "> ".repeat(30_000),
  "quotes and lazy lines": "> - a\nb\n".repeat(8_000),
  "nested lists": Array.from({ length: 300 }, (_, n) => `${" ".repeat(2 * n)}- a`).join("\n"),
  "list markers": "+ ".repeat(30_000),
  "an item that goes on": `- a\n${"  b\n".repeat(15_000)}`,
  "an item with lazy lines": `- a\n${"b\n".repeat(30_000)}`,
  brackets: "[".repeat(60_000),
  "links that never end": "[a](".repeat(15_000),
  "images in images": "![".repeat(30_000),
  backticks: Array.from({ length: 350 }, (_, n) => "`".repeat(n + 1)).join(" x "),
  "angle brackets": "<".repeat(60_000),
  "a long address": `${"a-".repeat(30_000)}@`,
  "mixed marks": "*a _b **c __d ~~e ".repeat(3_300),
  formulas: "\\(a ".repeat(15_000),
  "display formulas": "$$ a ".repeat(12_000),
  "footnote marks": "[^a".repeat(20_000),
  "footnote definitions": "[^a]: b\n".repeat(8_000),
  definitions: "[a]: b\n".repeat(8_000),
  entities: "&a".repeat(30_000),
  "a wide table": `${"|a".repeat(15_000)}\n${"|-".repeat(15_000)}\n`,
  "fences that never end": "```\n\n".repeat(12_000),
};

describe("the worst input", () => {
  // Other programs do not count towards processor time.
  const spent = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  };
  const longestStep = (text: string) => {
    let longest = 0;
    const step = <T>(work: () => T): T => {
      const began = spent();
      const done = work();
      longest = Math.max(longest, spent() - began);
      return done;
    };
    const pieces = step(() => new PieceReader().read(text));
    for (const { kind, text: piece } of pieces) {
      if (kind === "markdown") step(() => lex(piece, {}));
    }
    return longest;
  };

  /** Blocks below the limits, so that marked lexes the text. */
  const inBlocks = (text: string) => text.replace(/[\s\S]{1,2000}/g, "$&\n\n").slice(0, 100_000);

  it.each(Object.entries(WORST))("is read in short steps: %s", (_, text) => {
    // The fastest of three, since garbage collection may interfere.
    const best = (input: string) => Math.min(...[1, 2, 3].map(() => longestStep(input)));
    expect(best(text)).toBeLessThan(100);
    expect(best(inBlocks(text))).toBeLessThan(100);
  });
});
