// Holds the first load to its budget (gzip -9): the scripts index.html starts with, with all they
// import at once, its styles, and the embed loader. Lazy chunks are shown, not limited.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const KB = 1000;
const LIMITS = { script: 100 * KB, style: 16 * KB, loader: 3 * KB };
const dist = new URL("../dist/", import.meta.url).pathname;

const gzipped = (file) => gzipSync(readFileSync(join(dist, file)), { level: 9 }).length;
const sum = (files) => files.reduce((total, file) => total + gzipped(file), 0);

/** The files of a kind that index.html asks for: the entry, and its static imports as preloads. */
function named(html, tag) {
  return [...html.matchAll(tag)].map((match) => match[1].replace(/^\//, ""));
}

let html;
try {
  html = readFileSync(join(dist, "index.html"), "utf8");
} catch {
  console.error("dist/index.html is missing: run `npm run build` first.");
  process.exit(1);
}
const scripts = [
  ...named(html, /<script[^>]*\ssrc="([^"]+)"/g),
  ...named(html, /<link[^>]*\srel="modulepreload"[^>]*\shref="([^"]+)"/g),
];
const styles = named(html, /<link[^>]*\srel="stylesheet"[^>]*\shref="([^"]+)"/g);
if (scripts.length === 0 || styles.length === 0) {
  console.error("dist/index.html names no script or no stylesheet: the budget cannot be checked.");
  process.exit(1);
}
const lazy = readdirSync(join(dist, "assets"))
  .filter((file) => file.endsWith(".js"))
  .map((file) => `assets/${file}`)
  .filter((file) => !scripts.includes(file));

const rows = [
  ["JavaScript, first load", sum(scripts), LIMITS.script],
  ["CSS", sum(styles), LIMITS.style],
  ["Embed loader", sum(["embed/smoothoperator.js"]), LIMITS.loader],
  ...lazy.map((file) => [`JavaScript, later: ${file.slice("assets/".length)}`, gzipped(file)]),
];
let over = false;
for (const [what, size, limit] of rows) {
  const fits = limit === undefined || size <= limit;
  over ||= !fits;
  const measure = `${(size / KB).toFixed(1)} kB`.padStart(9);
  const allowed = limit === undefined ? "" : `  of ${limit / KB} kB${fits ? "" : "  TOO LARGE"}`;
  console.log(what.padEnd(44) + measure + allowed);
}
process.exit(over ? 1 : 0);
