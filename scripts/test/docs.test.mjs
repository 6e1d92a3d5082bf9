// Checks the documents against the code: links, files, make targets and the tests that
// SECURITY.md and ACCESSIBILITY.md name exist, and every variable is explained.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (path) => readFileSync(join(root, path), "utf8");
const documents = [
  "README.md",
  "llms.txt",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];
/** Code spans and blocks, in which nothing is a link. */
const prose = (text) => text.replace(/^```[\s\S]*?^```/gm, "").replace(/`[^`\n]*`/g, "");
const spans = (text) =>
  [...text.replace(/^```[\s\S]*?^```/gm, "").matchAll(/`([^`\n]+)`/g)].map(([, span]) => span);
/** A heading's anchor, as repository hosts generate it. */
const anchor = (heading) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");
const anchors = (text) =>
  new Set([...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchor(heading)));

for (const document of documents) {
  test(`${document}: every link resolves`, () => {
    for (const [, target] of prose(read(document)).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target)) continue;
      const [path, fragment] = target.split("#");
      const file = path ? resolve(root, dirname(document), path) : join(root, document);
      assert.ok(existsSync(file), `${target} does not exist`);
      if (fragment) {
        assert.ok(anchors(readFileSync(file, "utf8")).has(fragment), `${target}: no such heading`);
      }
    }
  });

  test(`${document}: every file it names exists`, () => {
    for (const span of spans(read(document))) {
      const path = span.split(" › ")[0];
      // Paths from the root, recognised by their first folder or by a file name there.
      if (
        !/^(api|web|docs|deploy|scripts)\/[\w./-]+$|^[\w.-]+\.(toml|yaml|conf|api|web)$/.test(path)
      )
        continue;
      const places = [path, join(dirname(document), path), join("api", path)];
      assert.ok(
        places.some((place) => existsSync(join(root, place))),
        `${path} is not there`,
      );
    }
  });

  test(`${document}: every make target it names exists`, () => {
    const targets = new Set(read("Makefile").match(/^[a-z]+(?=:)/gm));
    for (const [, target] of read(document).matchAll(/(?:`|^)make ([a-z]+)/gm)) {
      assert.ok(targets.has(target), `make ${target}`);
    }
  });
}

test("ARCHITECTURE.md names sources that exist", () => {
  const named = spans(read("docs/ARCHITECTURE.md"))
    .flatMap((span) => span.split(/[^\w/.-]+/))
    .filter((path) => /^[a-z_]+\/[\w/]+(\.rs)?$/.test(path))
    .filter((path) => !/^(api|web|docs|scripts)\//.test(path));
  assert.ok(named.length > 15, `${named.length} sources`);
  const exists = (path) => [path, `${path}.rs`].some((file) => existsSync(join(root, "api/src", file)));
  assert.deepEqual(
    named.filter((path) => !exists(path)),
    [],
  );
});

for (const [document, least] of [
  ["docs/SECURITY.md", 50],
  ["docs/ACCESSIBILITY.md", 20],
]) {
  test(`${document} names tests that exist`, () => {
    const proofs = spans(read(document)).filter((span) => /^\S+\.\w+ › /.test(span));
    assert.ok(proofs.length > least, `${proofs.length} proofs`);
    const missing = proofs.filter((proof) => {
      const [file, name] = proof.split(" › ");
      const path = join(root, file);
      if (!existsSync(path)) return true;
      const source = readFileSync(path, "utf8");
      return file.endsWith(".rs") ? !source.includes(`fn ${name}(`) : !source.includes(name);
    });
    assert.deepEqual(missing, []);
  });
}

test("every threat of SECURITY.md names its test", () => {
  const rows = read("docs/SECURITY.md")
    .split("\n")
    .filter((line) => /^\| (?!threat|---)/.test(line) || /^\|\S/.test(line))
    .filter((line) => !line.startsWith("|---"));
  assert.ok(rows.length > 40, `${rows.length} rows`);
  for (const row of rows) assert.match(row, / › /, row);
});

/** The variables that the API reads, from its table. */
function variablesOfTheApi() {
  const table = read("api/src/config/variables.rs");
  return [...table.matchAll(/variable\(\s*"([A-Z_]+)"/g)].map(([, name]) => name);
}

test("every variable is explained for operators, and in .env.example", () => {
  const names = variablesOfTheApi();
  assert.ok(names.length > 20, `${names.length} variables`);
  const operations = read("docs/OPERATIONS.md");
  const example = read(".env.example");
  for (const name of names) {
    assert.ok(operations.includes(`| \`${name}\` |`), `OPERATIONS.md lacks ${name}`);
    assert.match(example, new RegExp(`^#?${name}=`, "m"), `.env.example lacks ${name}`);
  }
});

test("OPERATIONS.md explains no unknown variable", () => {
  const known = new Set([
    ...variablesOfTheApi(),
    ...read("deploy/web-entrypoint.sh").match(/\b[A-Z][A-Z_]+\b/g),
  ]);
  for (const [, name] of read("docs/OPERATIONS.md").matchAll(/^\| `([A-Z_]+)` \|/gm)) {
    assert.ok(known.has(name), name);
  }
});

for (const [file, unused] of [
  ["compose.yaml", []],
  ["compose.small.yaml", ["POSTGRES_PASSWORD"]],
]) {
  test(`every variable of ${file} is in .env.example or has a default`, () => {
    const example = read(".env.example");
    for (const [, name, rule] of read(file).matchAll(/\$\{([A-Z_]+)(:[-?+])?/g)) {
      assert.ok(rule, `${name} has neither a default nor a message for when it is not set`);
      if (rule === ":?") assert.match(example, new RegExp(`^#?${name}=`, "m"), name);
    }
  });

  test(`${file} passes every variable, and takes those of .env.example from there`, () => {
    const compose = read(file);
    const api = /^ {2}api:\n(?: {4}.*\n|\n)+/m.exec(compose)?.[0] ?? "";
    const stores = ["REDIS_URL", "DATABASE_URL"];
    for (const name of variablesOfTheApi().filter((one) => !stores.includes(one))) {
      assert.match(api, new RegExp(`^ {6}${name}: `, "m"), `${file} does not pass ${name}`);
    }
    assert.match(api, /^ {6}DATABASE_URL: /m);
    // Variables of Compose itself, make demo and make run.
    const own = ["PORT", "HOST", ...stores, "API_UPSTREAM", "HOST_PORT", ...unused];
    for (const [, name] of read(".env.example").matchAll(/^#?([A-Z][A-Z_]+)=/gm)) {
      if (!own.includes(name)) assert.ok(compose.includes(`\${${name}:`), `${name} is not read`);
    }
  });
}

test("every metric is explained for operators", () => {
  const operations = read("docs/OPERATIONS.md");
  for (const name of new Set(read("api/src/telemetry/names.rs").match(/smooth_operator_\w+/g))) {
    assert.ok(operations.includes(`| \`${name}\` |`), `OPERATIONS.md lacks ${name}`);
  }
});

test("the README's images are small enough", () => {
  for (const [, path] of read("README.md").matchAll(/!\[[^\]]+\]\(([^)]+)\)/g)) {
    const limit = path.endsWith(".gif") ? 2_000_000 : 300_000;
    assert.ok(readFileSync(join(root, path)).length < limit, path);
  }
});
