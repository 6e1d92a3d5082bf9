// Extracts the loader's texts from every catalogue: the module `virtual:loader-texts` exports
// `catalogues`, as `{ "de": { "open": "…" } }`.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

const NAME = "virtual:loader-texts";
const FOLDER = fileURLToPath(new URL("../src/locales/", import.meta.url));
const PREFIX = "loader.";

export function loaderTexts(): Plugin {
  return {
    name: "smooth-operator:loader-texts",
    resolveId: { filter: { id: /^virtual:loader-texts$/ }, handler: () => `\0${NAME}` },
    load: {
      filter: { id: /^\0virtual:loader-texts$/ },
      handler: () => `export const catalogues = ${JSON.stringify(readTexts())};`,
    },
  };
}

function readTexts(): Record<string, Record<string, string>> {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith(".json"));
  return Object.fromEntries(
    files.map((file) => {
      const catalogue: Record<string, string> = JSON.parse(readFileSync(FOLDER + file, "utf8"));
      const own = Object.entries(catalogue)
        .filter(([key]) => key.startsWith(PREFIX))
        .map(([key, text]) => [key.slice(PREFIX.length), text]);
      return [file.replace(".json", ""), Object.fromEntries(own)];
    }),
  );
}
