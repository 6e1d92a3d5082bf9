import { expect, it } from "vitest";
import type { Thread } from "../../protocol/types";
import { groupThreads } from "./thread-groups";

const NOW = new Date(2026, 10, 25, 0, 30);
const thread = (id: string, updated: Date): Thread => ({
  id,
  title: id,
  created_at: "2026-01-01T00:00:00Z",
  updated_at: updated.toISOString(),
});

it.each([
  [new Date(2026, 10, 25, 0, 0), "today"],
  [new Date(2026, 10, 25, 0, 29), "today"],
  [new Date(2026, 10, 26, 9, 0), "today"],
  [new Date(2026, 10, 24, 23, 59), "yesterday"],
  [new Date(2026, 10, 24, 0, 0), "yesterday"],
  [new Date(2026, 10, 23, 23, 59), "week"],
  [new Date(2026, 10, 18, 0, 0), "week"],
  [new Date(2026, 10, 17, 23, 59), "older"],
])("puts %s under %s", (updated, period) => {
  expect(groupThreads([thread("a", updated)], NOW).map((group) => group.period)).toEqual([period]);
});

it("keeps the order of the list and leaves out what is empty", () => {
  const days = [25, 25, 20, 1].map((day) => new Date(2026, 10, day));
  const groups = groupThreads(
    days.map((day, at) => thread(`t${at}`, day)),
    NOW,
  );
  expect(groups.map(({ period, threads }) => [period, threads.map(({ id }) => id)])).toEqual([
    ["today", ["t0", "t1"]],
    ["week", ["t2"]],
    ["older", ["t3"]],
  ]);
});
