import { Lexer } from "marked";
import { describe, expect, it } from "vitest";
import { BlockReader } from "./block-reader";

const answer = Array.from(
  { length: 500 },
  (_, n) => `## Part ${n}

Some **bold** text with \`code\` and a [link](https://example.com/${n}), and then some more of it.

1. one

2. two
   - inside

| a | b |
|---|---|
| 1 | 2 |

\`\`\`js
const part = ${n};

render(part);
\`\`\`
`,
).join("\n");

const whole = (text: string) =>
  new Lexer({ gfm: true, breaks: true }).lex(text).map(({ raw, type }) => [type, raw]);

function stream(text: string, step: number) {
  const reader = new BlockReader();
  for (let end = step; end < text.length; end += step) reader.read(text.slice(0, end), false);
  return reader;
}

describe("BlockReader", () => {
  it("parses only the end again while 100 KB stream in", () => {
    expect(answer.length).toBeGreaterThan(100_000);
    const reader = stream(answer, 60);
    const updates = Math.floor(answer.length / 60);
    const blocks = reader.read(answer, false).length;
    // Every block once or a few times, never all of them at every update.
    expect(reader.parsed).toBeLessThan(updates * 5 + blocks);
  });

  it("parses no more for an update late in the answer than for an early one", () => {
    const reader = stream(answer, 60);
    const before = reader.parsed;
    reader.read(answer, false);
    expect(reader.parsed - before).toBeLessThan(10);
  });

  it.each([1, 7, 60])("gives what parsing the whole gives, %i characters at a time", (step) => {
    const text = answer.slice(0, 1_200);
    const reader = stream(text, step);
    const growing = reader.read(text, false);
    expect(growing.map(({ token }) => [token.type, token.raw])).toEqual(whole(text));
    const complete = reader.read(text, true);
    expect(complete.map(({ token }) => [token.type, token.raw])).toEqual(whole(text));
  });

  it.each([
    ["a list after a blank line", "1. one\n\n2. two\n\n3. three"],
    ["a heading underlined later", "Title\n\nText\n---\n\nmore"],
    ["a fence that opens late", "text\n\n```\na\n\nb\n```\n\nend"],
    ["Windows line ends", "one\r\n\r\n- a\r\n- b\r\n\r\ntwo"],
    ["a table", "| a |\n|---|\n| 1 |\n\ntext"],
    ["quotes", "> a\n\nb\n\n> c\n> d"],
  ])("gives the same for %s, a character at a time", (_, text) => {
    const reader = stream(text, 1);
    const blocks = reader.read(text, false).map(({ token }) => [token.type, token.raw]);
    expect(blocks).toEqual(whole(text));
  });

  it("knows a link's target that stands below it, once the text is complete", () => {
    const text = "See [the page][p].\n\nMore.\n\nAnd more.\n\n[p]: https://example.com/";
    const reader = stream(text, 5);
    const [first] = reader.read(text, true);
    expect(JSON.stringify(first?.token)).toContain('"href":"https://example.com/"');
  });

  it("starts anew for another text", () => {
    const reader = stream("one\n\ntwo", 1);
    const blocks = reader.read("else", false);
    expect(blocks.map(({ token }) => token.raw)).toEqual(["else"]);
  });
});
