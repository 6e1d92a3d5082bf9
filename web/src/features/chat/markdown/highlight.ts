// Highlights code. Loaded with the first code block; each language is a separate chunk.
import { type ShjLanguageData, type ShjToken, tokenizer } from "@speed-highlight/core/tokenize";

export interface ColouredPart {
  text: string;
  /** Null for plain text. */
  look: string | null;
}

type Loader = () => Promise<{ default: unknown }>;

const LANGUAGES: Readonly<Record<string, Loader>> = {
  bash: () => import("@speed-highlight/core/languages/bash.js"),
  c: () => import("@speed-highlight/core/languages/c.js"),
  css: () => import("@speed-highlight/core/languages/css.js"),
  diff: () => import("@speed-highlight/core/languages/diff.js"),
  docker: () => import("@speed-highlight/core/languages/docker.js"),
  go: () => import("@speed-highlight/core/languages/go.js"),
  html: () => import("@speed-highlight/core/languages/html.js"),
  http: () => import("@speed-highlight/core/languages/http.js"),
  ini: () => import("@speed-highlight/core/languages/ini.js"),
  java: () => import("@speed-highlight/core/languages/java.js"),
  js: () => import("@speed-highlight/core/languages/js.js"),
  json: () => import("@speed-highlight/core/languages/json.js"),
  lua: () => import("@speed-highlight/core/languages/lua.js"),
  make: () => import("@speed-highlight/core/languages/make.js"),
  md: () => import("@speed-highlight/core/languages/md.js"),
  pl: () => import("@speed-highlight/core/languages/pl.js"),
  py: () => import("@speed-highlight/core/languages/py.js"),
  rs: () => import("@speed-highlight/core/languages/rs.js"),
  sql: () => import("@speed-highlight/core/languages/sql.js"),
  toml: () => import("@speed-highlight/core/languages/toml.js"),
  ts: () => import("@speed-highlight/core/languages/ts.js"),
  xml: () => import("@speed-highlight/core/languages/xml.js"),
  yaml: () => import("@speed-highlight/core/languages/yaml.js"),
};

/** Names that models use for these languages. */
const ALIASES: Readonly<Record<string, string>> = {
  sh: "bash",
  shell: "bash",
  zsh: "bash",
  console: "bash",
  "c++": "c",
  cpp: "c",
  "c#": "java",
  cs: "java",
  csharp: "java",
  dockerfile: "docker",
  golang: "go",
  javascript: "js",
  jsx: "js",
  json5: "json",
  jsonc: "json",
  kotlin: "java",
  makefile: "make",
  markdown: "md",
  patch: "diff",
  perl: "pl",
  python: "py",
  rust: "rs",
  svg: "xml",
  tsx: "ts",
  typescript: "ts",
  yml: "yaml",
};

const LOOKS: Readonly<Partial<Record<ShjToken, string>>> = {
  kwd: "text-accent-text",
  oper: "text-muted",
  str: "text-success",
  num: "text-warning",
  bool: "text-warning",
  cmnt: "text-muted italic",
  func: "text-info",
  class: "text-info",
  type: "text-info",
  section: "text-info",
  var: "text-accent-text",
  esc: "text-warning",
  err: "text-error",
  deleted: "text-error",
  insert: "text-success",
};

/** Null for an unknown language. */
export async function highlight(code: string, language: string): Promise<ColouredPart[] | null> {
  const name = language.toLowerCase();
  const grammar = await grammarOf(ALIASES[name] ?? name);
  if (!grammar) return null;
  // In a separate task: many blocks may ask at once when their language arrives.
  await new Promise((resolve) => setTimeout(resolve));
  const parts: ColouredPart[] = [];
  const steps = tokenizer(code, grammar, (text, token) => {
    if (text !== "") parts.push({ text, look: (token && LOOKS[token]) ?? null });
  });
  // A language may contain others (a script in HTML), which it requests by name.
  let step = steps.next();
  while (!step.done) step = steps.next(await grammarOf(step.value));
  return parts;
}

async function grammarOf(name: string): Promise<ShjLanguageData | undefined> {
  if (!Object.hasOwn(LANGUAGES, name)) return undefined;
  return (await LANGUAGES[name]?.())?.default as ShjLanguageData | undefined;
}
