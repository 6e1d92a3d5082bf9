import { expect, it, vi } from "vitest";
import english from "../locales/en.json";
import { ENGLISH } from "./texts";
import { textsIn } from "./translated-texts";

vi.mock("virtual:loader-texts", () => ({
  catalogues: { en: {}, de: { open: "Chat öffnen" }, "zh-Hans": { open: "打开聊天" } },
}));

it("are the catalogue's in English", () => {
  const own = Object.entries(english).filter(([key]) => key.startsWith("loader."));
  expect(Object.fromEntries(own)).toEqual(
    Object.fromEntries(Object.entries(ENGLISH).map(([key, text]) => [`loader.${key}`, text])),
  );
});

it.each([
  ["de-AT", "Chat öffnen"],
  ["zh-CN", "打开聊天"],
  ["tlh", "Open chat"],
  ["not a tag", "Open chat"],
])("for %s: %s", (locale, open) => {
  expect(textsIn(locale).open).toBe(open);
  expect(textsIn(locale).title).toBe("Chat");
});
