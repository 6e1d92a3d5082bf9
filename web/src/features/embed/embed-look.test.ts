import { expect, it } from "vitest";
import { parseInit } from "../../protocol/widget-messages";
import { localeOf, lookOf, themeOf } from "./embed-look";

function init(fields: object) {
  const parsed = parseInit({ so: 1, type: "init", getClientSecret: false, ...fields });
  if (!parsed) throw new Error("this is an init");
  return parsed;
}

it("takes what is as it should be", () => {
  const wishes = init({
    title: " Help ",
    greeting: "Hello!",
    starters: ["One", "Two"],
    accent: "#0A6",
    theme: "dark",
    locale: "de-at",
    show: { notes: false, usage: true },
  });
  expect(lookOf(wishes)).toEqual({
    title: "Help",
    greeting: "Hello!",
    starters: ["One", "Two"],
    accent: "#0A6",
    show: { notes: false, usage: true },
  });
  expect(themeOf(wishes)).toBe("dark");
  expect(localeOf(wishes)).toBe("de-AT");
});

it("leaves out what is not", () => {
  const wishes = init({
    title: 5,
    greeting: { toString: "no" },
    starters: [1, null, "", "  ", "Good", "x".repeat(900), ...Array(50).fill("More")],
    accent: "#000;background:url(https://evil.example)",
    theme: "blue",
    locale: "not a tag!",
    show: { notes: "no", everything: true },
  });
  const look = lookOf(wishes);
  expect(look.title).toBeUndefined();
  expect(look.greeting).toBeUndefined();
  expect(look.accent).toBeUndefined();
  expect(look.show).toEqual({});
  expect(look.starters).toHaveLength(8);
  expect(look.starters?.[0]).toBe("Good");
  expect(look.starters?.[1]).toHaveLength(500);
  expect(themeOf(wishes)).toBeUndefined();
  expect(localeOf(wishes)).toBeUndefined();
});
