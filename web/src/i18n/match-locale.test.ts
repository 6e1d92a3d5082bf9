import { expect, it } from "vitest";
import { matchLocale } from "./match-locale";

const OFFERED = "ar de en es fr he id it ja nb pt-BR ro uk zh-Hans zh-Hant".split(" ");

it.each([
  ["de", "de"],
  ["de-AT", "de"],
  ["en-GB", "en"],
  ["es-419", "es"],
  ["nb-NO", "nb"],
  ["no", "nb"],
  ["nn-NO", "nb"],
  ["pt", "pt-BR"],
  ["pt-PT", "pt-BR"],
  ["pt-BR", "pt-BR"],
  ["zh", "zh-Hans"],
  ["zh-CN", "zh-Hans"],
  ["zh-SG", "zh-Hans"],
  ["zh-TW", "zh-Hant"],
  ["zh-HK", "zh-Hant"],
  ["zh-MO", "zh-Hant"],
  ["zh-Hant-CN", "zh-Hant"],
  ["zh-Hans-TW", "zh-Hans"],
  ["iw-IL", "he"],
  ["in", "id"],
  ["mo", "ro"],
  ["DE-de", "de"],
])("reads %s as %s", (wanted, catalogue) => {
  expect(matchLocale([wanted], OFFERED)).toEqual({ catalogue, tag: wanted });
});

it("takes the first that there is", () => {
  expect(matchLocale(["ca", "es-MX", "en"], OFFERED)).toEqual({ catalogue: "es", tag: "es-MX" });
});

it.each([[[]], [["tlh"]], [["not a tag", "", "x"]]])("offers nothing for %j", (wanted) => {
  expect(matchLocale(wanted, OFFERED)).toBeNull();
});
