// Holds the catalogues and the code together: no key is missing or unused, no placeholder broken,
// and no text stands in a component instead of the catalogue.
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const folder = resolve(import.meta.dirname);
const root = resolve(folder, "..");

type Catalogue = Record<string, string>;
const catalogues = new Map<string, Catalogue>(
  readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => [
      file.replace(".json", ""),
      JSON.parse(readFileSync(join(folder, file), "utf8")),
    ]),
);
const english = catalogues.get("en") ?? {};
const others = [...catalogues].filter(([tag]) => tag !== "en");

/** The loader has its English texts built in; its test compares them with the catalogue. */
const BUILT_IN = /^loader\/texts\.ts$/;
/** Said by the code of an error or notice at run time, or handed to the loader by the build. */
const NOT_BY_KEY = /^(?:error|loader|notice)\./;

const files = readdirSync(root, { recursive: true, encoding: "utf8" })
  .filter(
    (file) => /\.tsx?$/.test(file) && !/\.test\.tsx?$|(^|\/)test-|^protocol\/generated/.test(file),
  )
  .map((file) => parse(file, readFileSync(join(root, file), "utf8")));

function parse(name: string, text: string): ts.SourceFile {
  const kind = name.endsWith("x") ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
  return ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true, kind);
}

function visit(node: ts.Node, see: (node: ts.Node) => void): void {
  see(node);
  ts.forEachChild(node, (child) => visit(child, see));
}

interface Use {
  at: string;
  /** Null where it is no literal. */
  key: string | null;
  values: string[];
}

/** The calls of `t` in a file. */
function usesOf(file: ts.SourceFile): Use[] {
  const uses: Use[] = [];
  visit(file, (node) => {
    if (!ts.isCallExpression(node) || !/^(?:t|english)$/.test(node.expression.getText())) return;
    const [key, values] = node.arguments;
    const properties = values && ts.isObjectLiteralExpression(values) ? values.properties : [];
    uses.push({
      at: placeOf(node),
      key: key && ts.isStringLiteral(key) ? key.text : null,
      values: properties.map((property) => property.name?.getText() ?? "…"),
    });
  });
  return uses;
}

function placeOf(node: ts.Node): string {
  const file = node.getSourceFile();
  return `${file.fileName}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
}

/** The names in the braces of a text, sorted. */
function placeholdersOf(text: string): string[] {
  const names = [...text.matchAll(/\{(\w+)(?=[,}])/g)].map(([, name = ""]) => name);
  return [...new Set(names)]
    .filter((name) => !/^(?:one|other|few|many|two|zero)$/.test(name))
    .sort();
}

/** The categories that a plural of a text has. */
function categoriesOf(text: string): string[] {
  const plural = /\{\w+, plural,(.*)\}/s.exec(text)?.[1] ?? "";
  return [...plural.matchAll(/(\w+) \{/g)].map(([, name = ""]) => name).sort();
}

const PROPS =
  /^(?:aria-label|aria-description|alt|title|placeholder|label|hint|error|description|note|about)$/;
const PHRASE = /^\p{Lu}[\p{L}’']*[,…]?(?: [\p{L}“]|…$)/u;

/** Texts for people that stand in the code of a file. */
function textsIn(file: ts.SourceFile): string[] {
  const found: string[] = [];
  visit(file, (node) => {
    const text = ts.isJsxText(node) || ts.isStringLiteralLike(node) ? node.text.trim() : "";
    if (!/\p{L}/u.test(text) || isForPrograms(node)) return;
    const isText = ts.isJsxText(node) || isTextProp(node) || isChild(node) || PHRASE.test(text);
    if (isText) found.push(`${placeOf(node)} ${JSON.stringify(text)}`);
  });
  return found;
}

/** Imports, types, and the messages of errors, which the log and the catalogue's codes have. */
function isForPrograms(node: ts.Node): boolean {
  let { parent } = node;
  while (ts.isConditionalExpression(parent)) parent = parent.parent;
  if (ts.isNewExpression(parent)) return /Error$/.test(parent.expression.getText());
  return ts.isLiteralTypeNode(parent) || ts.isImportDeclaration(parent);
}

function isTextProp(node: ts.Node): boolean {
  return ts.isJsxAttribute(node.parent) && PROPS.test(node.parent.name.getText());
}

/** Whether a string is shown as a child of an element, perhaps by a choice between two. */
function isChild(node: ts.Node): boolean {
  let at = node.parent;
  let from: ts.Node = node;
  while (ts.isConditionalExpression(at) || ts.isBinaryExpression(at)) {
    // A condition, as in `name === "x" && …`, is not shown.
    if (ts.isBinaryExpression(at) ? !isLogical(at) || at.right !== from : at.condition === from) {
      return false;
    }
    from = at;
    at = at.parent;
  }
  return ts.isJsxExpression(at) && (ts.isJsxElement(at.parent) || ts.isJsxFragment(at.parent));
}

function isLogical({ operatorToken }: ts.BinaryExpression): boolean {
  return ["&&", "||", "??"].includes(operatorToken.getText());
}

describe("the keys", () => {
  const uses = files.filter((file) => file.fileName !== "i18n/translate.ts").flatMap(usesOf);

  it("are literals, which the build can read", () => {
    expect(uses.filter(({ key }) => key === null).map(({ at }) => at)).toEqual([]);
  });

  it("are all in the English catalogue", () => {
    expect(uses.filter(({ key }) => key !== null && !(key in english))).toEqual([]);
  });

  it("get the values that their texts name", () => {
    const broken = uses.filter(({ key, values }) => {
      const wanted = placeholdersOf(english[key ?? ""] ?? "");
      return wanted.join() !== [...values].sort().join();
    });
    expect(broken).toEqual([]);
  });

  it("are all used", () => {
    const used = new Set(uses.map(({ key }) => key));
    const unused = Object.keys(english).filter((key) => !used.has(key) && !NOT_BY_KEY.test(key));
    expect(unused).toEqual([]);
  });

  it.each([
    ["error", "ProblemCode"],
    ["error", "RunErrorCode"],
    ["notice", "NoticeCode"],
  ])("have a sentence for every code of an %s (%s)", (area, union) => {
    const generated = readFileSync(join(root, "protocol/generated.ts"), "utf8");
    const list = new RegExp(`\\b${union}: ((?:\\s*\\|? ?"\\w+")+)`).exec(generated)?.[1] ?? "";
    const codes = [...list.matchAll(/"(\w+)"/g)].map(([, code]) => `${area}.${code}`);
    expect(codes).not.toEqual([]);
    expect(codes.filter((code) => !(code in english))).toEqual([]);
  });
});

/** The sentences of the API by code, where they are the same for every request. */
function sentencesOfTheApi(): [key: string, sentence: string][] {
  const source = readFileSync(resolve(root, "../../api/src/http/error.rs"), "utf8");
  const found = source.matchAll(/Code::(\w+),\s*"([^"]*)"/g);
  return [...found].map(([, code = "", sentence = ""]) => {
    const key = code.replace(/(?!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
    return [`error.${key}`, sentence];
  });
}

it("says in English what the API says", () => {
  const sentences = sentencesOfTheApi();
  expect(sentences.length).toBeGreaterThan(20);
  expect(sentences.filter(([key, sentence]) => english[key] !== sentence)).toEqual([]);
});

describe("texts in components", () => {
  it.each([
    ["between tags", "const a = <p>Hello</p>;"],
    ["in an attribute", 'const a = <i aria-label="Close" />;'],
    ["in an expression", 'const a = <p>{busy ? "Saving" : "Save"}</p>;'],
    ["in a variable", 'const a = "Type a name";'],
    ["in a template", "const a = `Sign in`;"],
  ])("are found %s", (_where, code) => {
    expect(textsIn(parse("a.tsx", code))).not.toEqual([]);
  });

  it.each([
    'const a = <p className="flex p-2">{t("a.b")}</p>;',
    'const a = key === "Enter";',
    'throw new Error("A bug of ours");',
    'import a from "./A b";',
  ])("are not seen in %s", (code) => expect(textsIn(parse("a.tsx", code))).toEqual([]));

  it("stand nowhere", () => {
    expect(files.filter(({ fileName }) => !BUILT_IN.test(fileName)).flatMap(textsIn)).toEqual([]);
  });
});

describe("the catalogues", () => {
  it.each(others)("%s has every text and no other", (_tag, catalogue) => {
    expect(Object.keys(catalogue).sort()).toEqual(Object.keys(english).sort());
  });

  it.each(others)("%s keeps every placeholder", (_tag, catalogue) => {
    const broken = Object.entries(catalogue).filter(
      ([key, text]) => placeholdersOf(text).join() !== placeholdersOf(english[key] ?? "").join(),
    );
    expect(broken).toEqual([]);
  });

  it.each([...catalogues])("%s has a form for each number", (tag, catalogue) => {
    const { pluralCategories } = new Intl.PluralRules(tag).resolvedOptions();
    const broken = Object.entries(catalogue).filter(([, text]) => {
      const categories = categoriesOf(text);
      return categories.length > 0 && pluralCategories.some((name) => !categories.includes(name));
    });
    expect(broken).toEqual([]);
  });

  it.each([...catalogues])("%s has no empty text", (_tag, catalogue) => {
    expect(Object.entries(catalogue).filter(([, text]) => text.trim() === "")).toEqual([]);
  });

  it("are sorted by area, so that changes meet rarely", () => {
    const areas = Object.keys(english).map((key) => key.split(".")[0]);
    expect(areas).toEqual([...areas].sort());
  });
});
