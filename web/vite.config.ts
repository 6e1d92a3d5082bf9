// Builds the web app (hashed files under /assets) and, as environments with other formats, the
// embed loader for host pages and the module that it loads on demand.
import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { inlineEnglish } from "./build/inline-english.ts";
import { LOADER_ENVIRONMENTS, loaderEnvironments, loaderPlugin } from "./build/loader-plugin.ts";
import { loaderTexts } from "./build/loader-texts.ts";
import { plainImports } from "./build/plain-imports.ts";
import { routerDiet } from "./build/router-diet.ts";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

export default defineConfig({
  plugins: [
    inlineEnglish(),
    plainImports(),
    routerDiet(),
    react(),
    tailwindcss(),
    loaderTexts(),
    loaderPlugin(),
  ],
  build: {
    target: "es2022",
    // A page is one chunk in addition to the entry, so there is nothing to preload, and Vite's
    // helper would weigh more than it saves.
    modulePreload: false,
    cssCodeSplit: false,
    // A data: URL for a script or font would be refused by the same policy.
    assetsInlineLimit: 0,
  },
  environments: {
    client: {
      build: {
        rolldownOptions: {
          output: {
            // The entry with the code that every page imports is one chunk, the chat another in
            // addition: fewer requests, and they compress better than a dozen small ones.
            codeSplitting: {
              groups: [
                {
                  name: "app",
                  test: /\/src\/(main|app|ui\/(brand-mark|icon-button|is-composing|may-take-focus))\.tsx?$/,
                },
                { name: "chat-page", test: /\/src\/chat-route\.tsx$/ },
                {
                  name: "forms",
                  test: /\/src\/ui\/(text-field|clean-secret|confirm-dialog|copy-button)\.tsx?$/,
                },
                // Parts of a conversation that are loaded once the page can be used.
                {
                  name: "chat-more",
                  test: /\/src\/(pages\/chat-sides|features\/chat\/(messages|chat-error|not-shown))\.tsx?$/,
                },
              ],
            },
          },
        },
      },
    },
    ...loaderEnvironments(path("./src/loader")),
  },
  builder: {
    sharedPlugins: true,
    async buildApp(builder) {
      for (const name of ["client", ...LOADER_ENVIRONMENTS]) {
        const environment = builder.environments[name];
        if (!environment) throw new Error(`the build environment "${name}" is missing`);
        await builder.build(environment);
      }
    },
  },
  server: {
    proxy: { "/api": { target: process.env.API_UPSTREAM ?? "http://127.0.0.1:8000" } },
  },
});
