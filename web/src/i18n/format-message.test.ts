import { expect, it } from "vitest";
import { formatMessage } from "./format-message";

const NOTES = "{count, plural, =0 {no notes} one {# note} other {# notes in {place}}}";

it.each([
  ["Hello {name}.", { name: "Ada" }, "Hello Ada."],
  ["{a} and {a}, {b}", { a: "x", b: "y" }, "x and x, y"],
  [NOTES, { count: 0, place: "A" }, "no notes"],
  [NOTES, { count: 1, place: "A" }, "1 note"],
  [NOTES, { count: 1234, place: "A" }, "1,234 notes in A"],
  [`You have ${NOTES}.`, { count: 2, place: "B" }, "You have 2 notes in B."],
  ["“{title}”", { title: "$& {count} #" }, "“$& {count} #”"],
])("fills in %s", (text, values, said) => expect(formatMessage(text, values, "en")).toBe(said));

it.each([
  [1, "1 заметка"],
  [3, "3 заметки"],
  [11, "11 заметок"],
  [21, "21 заметка"],
])("chooses the form for %d by the language", (count, said) => {
  const text =
    "{count, plural, one {# заметка} few {# заметки} many {# заметок} other {# заметки}}";
  expect(formatMessage(text, { count }, "ru")).toBe(said);
});

it("writes numbers as the language does", () => {
  expect(formatMessage("{n}", { n: 12345.5 }, "de")).toBe("12.345,5");
});

it("leaves a value alone that looks like a placeholder", () => {
  const text = "{count, plural, one {{title}} other {# {title}}}";
  expect(formatMessage(text, { count: 2, title: "{count}" }, "en")).toBe("2 {count}");
});
