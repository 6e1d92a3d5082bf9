// Checks the budget of the first load (gzip -9): all scripts that a page needs before it is shown
// (those in index.html and the page's own chunk, with their imports), the styles, the embed loader,
// and all that loads later, except for formulas and for the colours of code.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { gzipSync } from "node:zlib";

const KB = 1000;
const LIMITS = { script: 100 * KB, style: 16 * KB, loader: 3.6 * KB, later: 60 * KB };
const dist = new URL("../dist/", import.meta.url);

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

function read(file) {
  try {
    return readFileSync(new URL(file, dist));
  } catch {
    return fail(`dist/${file} is missing: run \`npm run build\` first.`);
  }
}

const gzipped = (file) => gzipSync(read(file), { level: 9 }).length;
const sum = (files) => [...files].reduce((total, file) => total + gzipped(file), 0);

/** A chunk with all its static imports, which the browser fetches before it runs. */
function withImports(file, seen = new Set()) {
  if (seen.has(file)) return seen;
  seen.add(file);
  const source = read(file).toString("utf8");
  for (const [, name] of source.matchAll(/(?:\bfrom|\bimport)\s*["']\.\/([^"']+\.js)["']/g)) {
    withImports(`assets/${name}`, seen);
  }
  return seen;
}

const html = read("index.html").toString("utf8");
const named = (tag) => [...html.matchAll(tag)].map((match) => match[1].replace(/^\//, ""));
const entries = named(/<script[^>]*\ssrc="([^"]+)"/g);
const styles = named(/<link[^>]*\srel="stylesheet"[^>]*\shref="([^"]+)"/g);
if (entries.length === 0 || styles.length === 0) fail("index.html names no script or no styles.");

const chunks = readdirSync(new URL("assets/", dist))
  .filter((file) => file.endsWith(".js"))
  .map((file) => `assets/${file}`);

const shown = new Set();
/** The first load of a page, whether it is in the entry or a chunk of its own. */
function firstLoad(page) {
  const own = chunks.filter((file) => basename(file).startsWith(`${page}-`));
  const files = new Set([...entries, ...own].flatMap((file) => [...withImports(file)]));
  for (const file of files) shown.add(file);
  return sum(files);
}

/** Fetched only for a formula, or for a block of code in its language. */
function isOnDemand(file) {
  const name = basename(file).replace(/-[\w-]{8}\.js$/, "");
  const language = `../node_modules/@speed-highlight/core/dist/languages/${name}.js`;
  return ["temml", "highlight"].includes(name) || existsSync(new URL(language, import.meta.url));
}

const chat = firstLoad("chat-page");
const signIn = firstLoad("login-page");
const later = chunks.filter((file) => !shown.has(file));

const rows = [
  ["JavaScript, sign-in page", signIn, LIMITS.script],
  ["JavaScript, chat page", chat, LIMITS.script],
  ["CSS", sum(styles), LIMITS.style],
  ["Embed loader", gzipped("embed/smoothoperator.js"), LIMITS.loader],
  ["JavaScript, later", sum(later.filter((file) => !isOnDemand(file))), LIMITS.later],
  ...later.map((file) => [`JavaScript, later: ${basename(file)}`, gzipped(file)]),
];
let over = false;
for (const [what, size, limit] of rows) {
  const fits = limit === undefined || size <= limit;
  over ||= !fits;
  const measure = `${(size / KB).toFixed(1)} kB`.padStart(9);
  const allowed = limit === undefined ? "" : `  of ${limit / KB} kB${fits ? "" : "  TOO LARGE"}`;
  console.log(what.padEnd(46) + measure + allowed);
}
process.exit(over ? 1 : 0);
