// Takes Vite's helper off dynamic imports. It preloads what a chunk imports and its styles; here a
// page is one chunk on top of the app's and there is one style sheet, so nothing is left to preload.
import type { Plugin } from "vite";

const HELPER = /^\0vite\/preload-helper\.js$/;

export function plainImports(): Plugin {
  return {
    name: "smooth-operator:plain-imports",
    apply: "build",
    enforce: "pre",
    load: {
      filter: { id: HELPER },
      handler: () => "export const __vitePreload = (load) => load();",
    },
  };
}
