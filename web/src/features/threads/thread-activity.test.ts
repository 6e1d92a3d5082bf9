import { expect, it } from "vitest";
import { ThreadActivity } from "./thread-activity";

it("follows a run from its beginning to an answer that nobody has seen", () => {
  const activity = new ThreadActivity();
  activity.hear({ type: "run_started", threadId: "a" });
  expect(activity.getState()).toEqual({ a: "answering" });
  expect(activity.hear({ type: "run_ended", threadId: "a" })).toBe(false);
  expect(activity.getState()).toEqual({ a: "unread" });
  expect(activity.read("a")).toBe(true);
  expect(activity.getState()).toEqual({});
  expect(activity.read("a")).toBe(false);
});

it("marks nothing that ended in view, or was read in another tab", () => {
  const activity = new ThreadActivity();
  expect(activity.hear({ type: "run_ended", threadId: "a" }, true)).toBe(true);
  activity.hear({ type: "run_ended", threadId: "b" });
  activity.hear({ type: "thread_read", threadId: "b" });
  expect(activity.getState()).toEqual({});
});

it("remembers unread answers over a reload, and runs not", () => {
  const before = new ThreadActivity();
  before.hear({ type: "run_ended", threadId: "a" });
  before.hear({ type: "run_started", threadId: "b" });
  expect(new ThreadActivity().getState()).toEqual({ a: "unread" });
});
