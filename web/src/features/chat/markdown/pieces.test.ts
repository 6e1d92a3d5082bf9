import { describe, expect, it } from "vitest";
import { lex } from "./lexer";
import { type Piece, PieceReader } from "./pieces";

const part = (n: number) => `## Part ${n}

Some **bold** text with \`code\` and a [link](https://example.com/${n}), and then some more of it.

1. one

2. two
   - inside

   more of two

| a | b |
|---|---|
| 1 | 2 |

\`\`\`js
const part = ${n};

render(part);
\`\`\`
`;
const answer = Array.from({ length: 500 }, (_, n) => part(n)).join("\n");

const texts = (pieces: readonly Piece[]) => pieces.map(({ text }) => text);
const whole = (text: string) => new PieceReader().read(text);

function stream(text: string, step: number) {
  const reader = new PieceReader();
  for (let end = step; end < text.length; end += step) reader.read(text.slice(0, end));
  reader.read(text);
  return reader;
}

describe("PieceReader", () => {
  it("leaves a short text in one piece", () => {
    expect(texts(whole(part(1)))).toEqual([part(1)]);
  });

  it("scans only the end again while 100 KB stream in", () => {
    expect(answer.length).toBeGreaterThan(100_000);
    const reader = stream(answer, 60);
    // An update scans only the last piece.
    expect(reader.scanned).toBeLessThan((answer.length / 60) * 6_000);
  });

  it("loses and doubles no character", () => {
    expect(texts(whole(answer)).join("")).toBe(answer);
    expect(whole(answer).length).toBeGreaterThan(20);
  });

  it.each([1, 7, 60])("gives the same pieces %i characters at a time", (step) => {
    const text = answer.slice(0, 12_000);
    expect(stream(text, step).read(text)).toEqual(whole(text));
  });

  it("gives what reading the whole gives", () => {
    const read = whole(answer).flatMap(({ text }) => lex(text, {}));
    const ofType = (type: string) => (token: { type: string }) => token.type === type;
    expect(read.filter(ofType("heading"))).toHaveLength(500);
    expect(read.filter(ofType("code"))).toHaveLength(500);
    expect(read.filter(ofType("table"))).toHaveLength(500);
    // Items separated by a blank line, and what is indented below them, stay together.
    expect(read.filter(ofType("list"))).toHaveLength(500);
  });

  it("gives long code a piece of its own, blank lines included", () => {
    const code = `\`\`\`py\n${"x = 1\n\n".repeat(5_000)}\`\`\`\n`;
    const pieces = whole(`Before\n${code}\nAfter`);
    expect(pieces.map(({ kind }) => kind)).toEqual(["markdown", "code", "markdown"]);
    expect(pieces[1]?.text).toContain(code);
  });

  it("does not close a fence by one inside a list", () => {
    const text = `- item\n  \`\`\`\n  a\n\n  b\n  \`\`\`\n\nend`;
    expect(texts(whole(text))).toEqual([text]);
  });

  it.each([
    ["a block over 16 KiB", "word ".repeat(4_000)],
    ["a block of very many lines", "- a\n".repeat(1_500)],
    ["a block that goes in and out of quotes", "> - a\nb\n".repeat(60)],
  ])("leaves %s unread", (_, text) => {
    const pieces = whole(`Before\n\n${text}\n\nAfter`);
    expect(pieces.map(({ kind }) => kind)).toEqual(["markdown", "plain", "markdown"]);
  });

  it("knows the headings around each piece", () => {
    const filler = "Some text.\n\n".repeat(400);
    const pieces = whole(`# A\n\n## B\n\n${filler}### C\n\n${filler}## D\n`);
    expect(pieces.at(-1)?.outline).toEqual([1, 2, 3]);
  });

  it("takes Windows line ends", () => {
    expect(texts(whole("one\r\n\r\ntwo\r"))).toEqual(["one\n\ntwo\n"]);
  });

  it("starts over with another text", () => {
    const reader = stream("one\n\ntwo", 1);
    expect(texts(reader.read("else"))).toEqual(["else"]);
  });
});
