import { describe, expect, it, vi } from "vitest";
import type { PageToolOffer } from "../../protocol/widget-messages";
import { admitTools, checkResult, contextText, errorText } from "./tool-limits";

const tool = (fields: Partial<PageToolOffer> = {}): PageToolOffer => ({
  name: "add_to_cart",
  description: "Puts a product into the cart",
  readOnly: false,
  ...fields,
});

describe("tools", () => {
  it("are offered as the API takes them", () => {
    const warn = vi.fn();
    const parameters = { type: "object", properties: { sku: { type: "string" } } };
    expect(admitTools([tool({ parameters, readOnly: true }), tool({ name: "b" })], warn)).toEqual([
      { name: "add_to_cart", description: tool().description, parameters, read_only: true },
      {
        name: "b",
        description: tool().description,
        parameters: { type: "object", properties: {} },
        read_only: false,
      },
    ]);
    expect(warn).not.toHaveBeenCalled();
  });

  it.each<[string, Partial<PageToolOffer>, string]>([
    ["no name", { name: "" }, "its name"],
    ["a name of 49 characters", { name: "a".repeat(49) }, "its name"],
    ["a name with a space", { name: "add it" }, "its name"],
    ["no description", { description: " " }, "no description"],
    ["a description of 1,025 bytes", { description: `${"é".repeat(512)}x` }, "1 KiB"],
    ["a schema over 8 KiB", { parameters: { description: "x".repeat(8_192) } }, "8 KiB"],
    ["a list for a schema", { parameters: [] }, "JSON Schema"],
    ["broken JSON for a schema", { parameters: '{"type":' }, "JSON Schema"],
  ])("with %s are left out with a warning", (_name, fields, reason) => {
    const warn = vi.fn();
    expect(admitTools([tool(fields), tool({ name: "good" })], warn)).toMatchObject([
      { name: "good" },
    ]);
    expect(warn.mock.calls).toEqual([[expect.stringContaining(reason)]]);
  });

  it("are 32 at most", () => {
    const warn = vi.fn();
    const many = Array.from({ length: 34 }, (_, index) => tool({ name: `tool_${index}` }));
    expect(admitTools(many, warn)).toHaveLength(32);
    expect(warn).toHaveBeenCalledTimes(2);
  });

  it("have 32 KiB together, and a small one still fits after a large one did not", () => {
    const warn = vi.fn();
    const large = Array.from({ length: 5 }, (_, index) =>
      tool({ name: `large_${index}`, parameters: { description: "x".repeat(8_000) } }),
    );
    const names = admitTools([...large, tool({ name: "small" })], warn).map(({ name }) => name);
    expect(names).toEqual(["large_0", "large_1", "large_2", "large_3", "small"]);
  });
});

describe("a context", () => {
  it.each([
    ["a text", "Fern", "Fern"],
    ["an object", { sku: "F12" }, '{"sku":"F12"}'],
    ["nothing", null, null],
    ["a blank text", "  ", null],
  ])("of %s", (_name, context, expected) => {
    expect(contextText(context, vi.fn())).toBe(expected);
  });

  it("over 8 KiB is cut between characters, with a warning", () => {
    const warn = vi.fn();
    const text = contextText("é".repeat(5_000), warn) ?? "";
    expect(text).toBe("é".repeat(4_096));
    expect(contextText(`x${"é".repeat(5_000)}`, warn)).toBe(`x${"é".repeat(4_095)}`);
    expect(warn).toHaveBeenCalledTimes(2);
  });

  it("that is not JSON is left out", () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    expect(contextText(circle, vi.fn())).toBeNull();
  });
});

it("cuts what a tool threw to 1 KiB", () => {
  expect(errorText("sold out")).toBe("sold out");
  expect(errorText("é".repeat(1_000))).toBe("é".repeat(512));
});

describe("a result", () => {
  it.each([
    [{ ok: true }, { ok: true }],
    ["done", "done"],
    [undefined, null],
    [new Date(0), "1970-01-01T00:00:00.000Z"],
  ])("%o is sent", (result, expected) => {
    expect(checkResult(result)).toEqual({ result: expected });
  });

  it.each([
    ["64 KiB of JSON", "x".repeat(65_534), true],
    ["one byte more", "x".repeat(65_535), false],
    ["a number that JSON lacks", 1n, false],
  ])("of %s: %s", (_name, result, passes) => {
    expect("result" in checkResult(result)).toBe(passes);
  });
});
