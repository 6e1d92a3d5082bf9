// Proves the floors of the architecture: a module imports from lower floors only, features never
// meet each other, and the loader takes nothing but the shared message types.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname);

/** The zone of a file: its folder under src, with each feature apart; "app" for the root. */
function zoneOf(file: string): string {
  const [first = "", second = ""] = relative(root, file).split("/");
  if (!relative(root, file).includes("/")) return "app";
  return first === "features" ? `features/${second}` : first;
}

/** Whether a file in zone `from` may import a file in zone `to`. */
function mayImport(from: string, to: string): boolean {
  if (from === to || from === "app") return true;
  switch (from.split("/")[0]) {
    case "protocol":
    case "ui":
      return false;
    case "api":
    case "loader":
      return to === "protocol";
    case "features":
      return ["api", "ui", "protocol"].includes(to);
    case "pages":
      return to.startsWith("features/") || to === "ui" || to === "protocol";
    default:
      return false;
  }
}

function importsOf(source: string): string[] {
  const found = source.matchAll(/(?:\bfrom\s+|\bimport\s*\(?\s*)["'](\.[^"']+)["']/g);
  return [...found].map(([, path = ""]) => path);
}

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.tsx?$/.test(file) && !/\.test\.tsx?$/.test(file))
    .map((file) => join(folder, file));
}

describe("the floors", () => {
  it.each([
    ["protocol", "api"],
    ["ui", "api"],
    ["api", "ui"],
    ["loader", "ui"],
    ["features/chat", "features/auth"],
    ["features/chat", "pages"],
    ["pages", "app"],
  ])("keep %s from importing %s", (from, to) => expect(mayImport(from, to)).toBe(false));

  it("finds imports of every form", () => {
    const source = `import a from "./a";\nimport "../b";\nexport { c } from "./c";\nimport("./d");`;
    expect(importsOf(source)).toEqual(["./a", "../b", "./c", "./d"]);
  });

  it("hold in every file", () => {
    const broken = sources(root).flatMap((file) =>
      importsOf(readFileSync(file, "utf8"))
        .map((path) => resolve(dirname(file), path))
        .filter((target) => target.startsWith(root) && !mayImport(zoneOf(file), zoneOf(target)))
        .map((target) => `${relative(root, file)} imports ${relative(root, target)}`),
    );
    expect(broken).toEqual([]);
  });
});
