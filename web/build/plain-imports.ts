// Removes Vite's helper from dynamic imports. It preloads the imports and styles of a chunk; here a
// page is one chunk in addition to the app's and there is one style sheet, so there is nothing to
// preload.
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
