// Puts the English text next to each key: `t("auth.sign_in")` becomes `t(["auth.sign_in", "Sign
// in"])`. English is built in this way, and each chunk has only the texts that it uses.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

const CATALOGUE = fileURLToPath(new URL("../src/locales/en.json", import.meta.url));
const CALL = /\b(t|english)\(\s*("[^"]*")/g;

export function inlineEnglish(): Plugin {
  return {
    name: "smooth-operator:inline-english",
    enforce: "pre",
    transform: {
      filter: { id: /\/src\/.*\.tsx?$/, code: /from "[^"]*\/translate"/ },
      handler(code, id) {
        this.addWatchFile(CATALOGUE);
        const english: Record<string, string> = JSON.parse(readFileSync(CATALOGUE, "utf8"));
        return {
          code: code.replace(CALL, (_call, name: string, literal: string) => {
            const text = english[JSON.parse(literal)];
            if (text === undefined) this.error(`${id}: en.json has no ${literal}`);
            return `${name}([${literal}, ${JSON.stringify(text)}]`;
          }),
          map: null,
        };
      },
    },
  };
}
