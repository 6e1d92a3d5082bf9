// Counts the lines of the product's own code: Rust in api/src and TypeScript in web/src, without
// tests, comments, blank lines and generated types. `node scripts/size-of-code.mjs [commit]`
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const commit = process.argv[2];
const git = (...args) =>
  execFileSync("git", args, { cwd: root, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
const paths = (commit ? git("ls-tree", "-r", "--name-only", commit) : git("ls-files")).split("\n");
const read = (path) => (commit ? git("show", `${commit}:${path}`) : readFileSync(join(root, path), "utf8"));

const isTest =
  /(^|\/)(tests?|simulation|contract)(\/|\.rs$)|\.test\.tsx?$|\/test-[\w-]+\.tsx?$|protocol\/generated\.ts$/;

/** The source before its unit tests, which are at the end of a Rust file. */
const withoutTests = (source) => source.split(/^#\[cfg\(test\)\]\n(?:pub\(crate\) )?mod \w+ \{$/m)[0];

function count(source) {
  const lines = withoutTests(source).replace(/^\s*\{?\/\*[\s\S]*?\*\/\}?/gm, "").split("\n");
  return lines.filter((line) => line.trim() !== "" && !line.trim().startsWith("//")).length;
}

for (const [name, folder, type] of [
  ["Rust", "api/src/", /\.rs$/],
  ["TypeScript", "web/src/", /\.tsx?$/],
]) {
  const files = paths.filter((p) => p.startsWith(folder) && type.test(p) && !isTest.test(p));
  const sizes = files.map((path) => count(read(path))).sort((a, b) => a - b);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const median = sizes[Math.floor(sizes.length / 2)];
  console.log(`${name}: ${total} lines in ${sizes.length} files, median ${median}, longest ${sizes.at(-1)}`);
}
