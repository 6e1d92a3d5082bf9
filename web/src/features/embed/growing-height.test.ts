import { expect, it, vi } from "vitest";
import { GrowingHeight } from "./growing-height";

function growing() {
  const resize = vi.fn();
  const height = new GrowingHeight(resize);
  return { height, heights: () => resize.mock.calls.flat() };
}

it("never shrinks within a conversation, between 160 and 800 px", () => {
  const { height, heights } = growing();
  height.follow(null);
  for (const content of [10, 300, 250, 300, 500, 200, 5_000]) height.report(content);
  expect(heights()).toEqual([160, 300, 500, 800]);
});

it("keeps its height when a new conversation gets its name", () => {
  const { height, heights } = growing();
  height.follow(null);
  height.report(400);
  height.follow("t1");
  height.report(300);
  expect(heights()).toEqual([400]);
});

it.each([null, "t2"])("shrinks again with the conversation %s", (threadId) => {
  const { height, heights } = growing();
  height.follow("t1");
  height.report(700);
  height.follow(threadId);
  height.report(300);
  expect(heights()).toEqual([700, 300]);
});
