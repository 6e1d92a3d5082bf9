// Parses a Dockerfile into stages and their instructions. An unknown instruction is an error, so
// that a new one cannot be skipped silently.

import { cpSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { basename, join, relative, sep } from "node:path";

const known = new Set(
  "FROM ARG ENV SHELL WORKDIR COPY RUN USER EXPOSE HEALTHCHECK ENTRYPOINT CMD".split(" "),
);

/** `[{base, name, steps: [{keyword, text}]}]`. */
export function parseDockerfile(text) {
  const joined = text.replace(/^\s*#.*\n/gm, "").replace(/\\\n/g, " ");
  const stages = [];
  for (const line of joined
    .split("\n")
    .map((l) => l.trim())
    .filter(Boolean)) {
    const [, keyword, rest] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (!known.has(keyword)) throw new Error(`unknown instruction: ${line}`);
    if (keyword === "FROM") {
      const [, base, name] = /^(\S+)(?:\s+AS\s+(\S+))?$/.exec(rest) ?? [];
      if (!base) throw new Error(`unsupported FROM: ${line}`);
      stages.push({ base, name: name ?? "image", steps: [] });
    } else if (stages.length === 0) {
      throw new Error(`${keyword} before FROM`);
    } else {
      stages.at(-1).steps.push({ keyword, text: rest.replace(/\s+/g, " ") });
    }
  }
  return stages;
}

/** The exec form, `["a", "b"]`; the API's image has no shell for the other form. */
export function execForm(text) {
  const list = JSON.parse(text);
  if (!Array.isArray(list)) throw new Error(`not in exec form: ${text}`);
  return list;
}

/** `A=1 B=2` of ENV or ARG; `$NAME` expands to its value in `known`, or to nothing. */
export function assignments(text, values) {
  return text.split(" ").map((pair) => {
    const [, name, value] = /^(\w+)(?:=(.*))?$/.exec(pair) ?? [];
    if (!name) throw new Error(`not an assignment: ${pair}`);
    return [name, value?.replace(/\$\{?(\w+)\}?/g, (_, other) => values[other] ?? "")];
  });
}

/** Tells which paths .dockerignore excludes. The last matching line decides. */
export function ignored(text) {
  const rules = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line && !line.startsWith("#"))
    .map((line) => ({ keep: line.startsWith("!"), path: line.replace(/^!/, "") }));
  return (path) => {
    const rule = rules.findLast(
      ({ path: p }) => p === "*" || path === p || path.startsWith(`${p}/`),
    );
    // Keep folders that lead to an included file.
    const leads = rules.some(({ keep, path: p }) => keep && p.startsWith(`${path}/`));
    return rule !== undefined && !rule.keep && !leads;
  };
}

/** COPY, with the builder's rules: a folder's contents, or files. */
export function copy(text, { cwd, root, context, stages, isIgnored }) {
  const words = text.split(" ");
  const options = words.filter((word) => word.startsWith("--"));
  // In plain folders everything belongs to the current user.
  const unknown = options.find((option) => !/^--(from|chown)=/.test(option));
  if (unknown) throw new Error(`a COPY that cannot be played: ${unknown}`);
  const from = options.map((option) => /^--from=(.+)$/.exec(option)?.[1]).find(Boolean);
  const [target, ...sources] = words.slice(options.length).reverse();
  const source = from ? stages.get(from) : context;
  if (!source) throw new Error(`COPY from an unknown stage: ${from}`);
  const to = target.startsWith("/") ? join(root, target) : join(cwd, target);
  for (const name of sources) {
    const path = join(source, name);
    const into = statSync(path).isDirectory()
      ? to
      : target.endsWith("/") || sources.length > 1
        ? join(to, basename(name))
        : to;
    mkdirSync(join(into, ".."), { recursive: true });
    cpSync(path, into, {
      recursive: true,
      preserveTimestamps: true,
      verbatimSymlinks: true,
      filter: (file) => Boolean(from) || !isIgnored(relative(context, file).split(sep).join("/")),
    });
  }
}

export const read = (path) => readFileSync(path, "utf8");
