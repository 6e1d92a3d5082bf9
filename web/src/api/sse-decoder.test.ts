import { describe, expect, it } from "vitest";
import { SseDecoder, type SseEvent } from "./sse-decoder";

function decode(pieces: string[]): SseEvent[] {
  const decoder = new SseDecoder();
  return pieces.flatMap((piece) => decoder.push(piece));
}

const stream =
  'id: 1\ndata: {"a":"ü😀"}\n\n: beat\n\nid: 2\ndata: one\ndata: two\n\ndata: no id\n\n';
const events: SseEvent[] = [
  { id: "1", data: '{"a":"ü😀"}' },
  { id: "2", data: "one\ntwo" },
  { id: undefined, data: "no id" },
];

describe("SseDecoder", () => {
  it.each([
    ["LF", stream],
    ["CRLF", stream.replaceAll("\n", "\r\n")],
    ["CR", stream.replaceAll("\n", "\r")],
    ["a byte-order mark", `\uFEFF${stream}`],
  ])("gives the same events for %s, cut at every place", (name, text) => {
    // A lone CR could be the first half of a CRLF until more arrives.
    const whole = name === "CR" ? `${text}:\r:` : text;
    for (let cut = 0; cut <= whole.length; cut += 1) {
      expect(decode([whole.slice(0, cut), whole.slice(cut)])).toEqual(events);
    }
    expect(decode([...whole])).toEqual(events);
  });

  it("gives whole characters when bytes are cut inside of them", () => {
    const bytes = new TextEncoder().encode(stream);
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const text = new TextDecoder();
      const pieces = [
        text.decode(bytes.slice(0, cut), { stream: true }),
        text.decode(bytes.slice(cut), { stream: true }),
      ];
      expect(decode(pieces)).toEqual(events);
    }
  });

  it("gives nothing for comments alone", () => {
    expect(decode([": beat\n\n", ": beat\n\n"])).toEqual([]);
  });

  it("keeps an unfinished event to itself", () => {
    expect(decode(["id: 1\ndata: half"])).toEqual([]);
  });

  it("refuses an event without an end", () => {
    const decoder = new SseDecoder();
    decoder.push(`data: ${"x".repeat(5 * 1024 * 1024)}`);
    expect(() => decoder.push("more")).toThrow();
  });
});
