// The page is also written right to left: classes use start and end, not left and right.
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";

const root = resolve(import.meta.dirname, "..");
const PHYSICAL =
  /(?<![\w-])-?(?:m[lr]|p[lr]|left|right|border-[lr]|rounded-(?:[lr]|[tb][lr])|text-(?:left|right)|scroll-[mp][lr])(?:-[\w./[\]-]+)?(?=["\s`])/g;
/** Centred: half the parent's width to one side, half its own to the other. */
const CENTRED = "left-1/2";

function physicalClasses(source: string): string[] {
  const strings = source.match(/"[^"\n]*"|`[^`]*`/g) ?? [];
  // A class list has several words or a dash; "left" alone is a value.
  return strings
    .filter((text) => /[a-z]-[\w[]/.test(text))
    .flatMap((text) => text.match(PHYSICAL) ?? [])
    .filter((name) => name !== CENTRED);
}

it.each(["ml-2 flex", "-mr-1.5", "pl-4", "absolute left-0", "text-left p-1", "border-l flex-1"])(
  "finds %s",
  (classes) => expect(physicalClasses(`<p className="${classes}" />`)).toHaveLength(1),
);

it("stands nowhere", () => {
  const files = readdirSync(root, { recursive: true, encoding: "utf8" });
  const found = files
    .filter((file) => file.endsWith(".tsx") && !/\.test\./.test(file))
    .flatMap((file) =>
      physicalClasses(readFileSync(join(root, file), "utf8")).map((name) => `${file}: ${name}`),
    );
  expect(found).toEqual([]);
});
