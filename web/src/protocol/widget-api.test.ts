// Compares docs/EMBEDDING.md with the types for host pages.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";

const folder = import.meta.dirname;
const source = ts.createSourceFile(
  "widget-api.ts",
  readFileSync(join(folder, "widget-api.ts"), "utf8"),
  ts.ScriptTarget.Latest,
);
const reference = readFileSync(join(folder, "../../../docs/EMBEDDING.md"), "utf8");

/** The members of an interface, without those it extends. */
function membersOf(name: string): string[] {
  const found = source.statements.find(
    (statement) => ts.isInterfaceDeclaration(statement) && statement.name.text === name,
  );
  if (!found || !ts.isInterfaceDeclaration(found)) throw new Error(`there is no ${name}`);
  return found.members.map((member) => member.name?.getText(source) ?? "");
}

/** The names in the reference's rows of a kind. */
function documented(kind: string): string[] {
  const rows = reference.split("\n").filter((line) => line.includes(`| ${kind} |`));
  return rows.flatMap((row) =>
    [...(row.split("|")[1] ?? "").matchAll(/`(\w+)/g)].map(([, name = ""]) => name),
  );
}

it.each([
  ["option", ["WidgetOptions", "WidgetLook"]],
  ["event", ["WidgetEvents", "FrameEvents"]],
])("every %s is in the reference, and no other", (kind, interfaces) => {
  expect(documented(kind).sort()).toEqual(interfaces.flatMap(membersOf).sort());
});

it("every method of the handle is in the reference, and no other", () => {
  const methods = membersOf("WidgetHandle").filter((name) => name !== "ready");
  expect(documented("method").sort()).toEqual(methods.sort());
});

it("everything in the state is in the reference", () => {
  for (const name of [...membersOf("WidgetState"), ...membersOf("FrameState")]) {
    expect(/`getState\(\)`.*`\{(.*?)\}`/.exec(reference)?.[1]).toContain(name);
  }
});
