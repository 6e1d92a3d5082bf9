import { describe, expect, it } from "vitest";
import type { ToolUse } from "./chat-state";
import { toolWords } from "./tool-words";

const use = (over: Partial<ToolUse>): ToolUse => ({
  id: "c1",
  tool: "save_note",
  arguments: { title: "Shopping list" },
  result: {},
  is_error: false,
  ...over,
});

describe("toolWords", () => {
  it.each([
    ["Saved note “Shopping list”", use({})],
    ["Saving note “Shopping list”…", use({ result: null })],
    ["Saving note “Shopping list” failed", use({ is_error: true })],
    ["Read note “Shopping list”", use({ tool: "get_note" })],
    ["Listed notes", use({ tool: "list_titles", arguments: {} })],
    ["Listing notes…", use({ tool: "list_titles", arguments: {}, result: null })],
    ["Used save note", use({ arguments: { title: 7 } })],
    ["Handing over to Head chef failed", use({ tool: "handoff_to_head_chef", is_error: true })],
    ["Used look up weather", use({ tool: "look_up_weather" })],
    ["Used order status", use({ tool: "shop__order_status" })],
    ["Using add to cart…", use({ tool: "page__add_to_cart", result: null })],
  ])("%s", (words, call) => {
    expect(toolWords(call)).toBe(words);
  });
});
