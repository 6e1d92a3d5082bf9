// Enforces the floors of the architecture: a module imports from lower floors only, features do not
// import each other, the loader imports only shared message types and texts, and there are no
// circles.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname);

/** The zone of a file: its folder under src, with each feature apart; "app" for the root. */
function zoneOf(file: string): string {
  const [first = "", second = ""] = relative(root, file).split("/");
  if (!relative(root, file).includes("/")) return "app";
  return first === "features" ? `features/${second}` : first;
}

function mayImport(from: string, to: string): boolean {
  if (from === to || from === "app") return true;
  switch (from.split("/")[0]) {
    case "protocol":
      return false;
    case "i18n":
      return to === "locales";
    case "ui":
      return to === "i18n";
    case "api":
      return to === "protocol";
    case "loader":
      return to === "protocol" || to === "i18n";
    case "features":
      return ["api", "ui", "i18n", "protocol"].includes(to);
    case "pages":
      return to.startsWith("features/") || ["ui", "i18n", "protocol"].includes(to);
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

function targetsOf(file: string): string[] {
  return importsOf(readFileSync(file, "utf8"))
    .map((path) => resolve(dirname(file), path))
    .flatMap((path) => [`${path}.ts`, `${path}.tsx`].filter((name) => existsSync(name)));
}

/** From a file back to itself, or null. */
function circleIn(graph: ReadonlyMap<string, readonly string[]>): string[] | null {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): string[] | null => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return null;
    path.push(file);
    for (const target of graph.get(file) ?? []) {
      const circle = visit(target);
      if (circle) return circle;
    }
    path.pop();
    done.add(file);
    return null;
  };
  for (const file of graph.keys()) {
    const circle = visit(file);
    if (circle) return circle;
  }
  return null;
}

describe("the floors", () => {
  it.each([
    ["protocol", "api"],
    ["i18n", "ui"],
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

describe("circles", () => {
  it("are found, also over several files", () => {
    const edges: [string, string[]][] = [
      ["a", ["b", "d"]],
      ["b", ["c"]],
      ["c", ["d"]],
      ["d", ["b"]],
    ];
    expect(circleIn(new Map(edges))).toEqual(["b", "c", "d", "b"]);
    expect(circleIn(new Map(edges.slice(0, 3)))).toBeNull();
  });

  it("do not exist between files", () => {
    const graph = new Map(sources(root).map((file) => [file, targetsOf(file)]));
    expect([...graph.values()].flat().length).toBeGreaterThan(200);
    expect(circleIn(graph)?.map((file) => relative(root, file)) ?? []).toEqual([]);
  });
});
