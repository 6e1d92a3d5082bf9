// Builds the embed loader, whose bytes count on every host page: the script itself, the module it
// loads on demand, and a copy of the script with a hash in its name, which can be cached forever
// and pinned by SRI.
import { createHash } from "node:crypto";
import type { EnvironmentOptions, Plugin } from "vite";

const LOADER = "embed/smoothoperator.js";

/** In build order: the loader contains the name of the module's file. */
export const LOADER_ENVIRONMENTS = ["onDemand", "loader"];

export function loaderEnvironments(folder: string): Record<string, EnvironmentOptions> {
  return {
    onDemand: environment(`${folder}/on-demand.ts`, {
      format: "es",
      entryFileNames: "embed/smoothoperator.more-[hash:6].js",
    }),
    loader: environment(`${folder}/index.ts`, { format: "iife", entryFileNames: LOADER }),
  };
}

function environment(
  input: string,
  output: { format: "es" | "iife"; entryFileNames: string },
): EnvironmentOptions {
  return {
    // Otherwise Vite wraps each `import()` in its preloading, which is for pages of ours.
    consumer: "server",
    build: {
      target: "es2022",
      emptyOutDir: false,
      copyPublicDir: false,
      rolldownOptions: {
        input,
        preserveEntrySignatures: "exports-only",
        output: { ...output, minify: true, comments: false },
      },
    },
  };
}

export function loaderPlugin(): Plugin {
  let onDemand: string | undefined;
  return {
    name: "smooth-operator:loader",
    applyToEnvironment: ({ name }) => LOADER_ENVIRONMENTS.includes(name),
    renderChunk(code) {
      if (!code.includes("ON_DEMAND_FILE")) return null;
      if (!onDemand) throw new Error("the module of the loader was not built before it");
      return code.replaceAll("ON_DEMAND_FILE", JSON.stringify(onDemand));
    },
    generateBundle(_options, bundle) {
      const loader = bundle[LOADER];
      if (loader?.type !== "chunk") {
        onDemand = Object.keys(bundle)[0]?.replace("embed/", "");
        return;
      }
      const digest = createHash("sha384").update(loader.code).digest();
      const hashed = `embed/smoothoperator.${digest.toString("hex").slice(0, 12)}.js`;
      const integrity = `sha384-${digest.toString("base64")}`;
      this.emitFile({ type: "asset", fileName: hashed, source: loader.code });
      this.emitFile({
        type: "asset",
        fileName: "embed/sri.json",
        source: `${JSON.stringify({ file: `/${hashed}`, integrity }, null, 2)}\n`,
      });
      this.info(`/${hashed} integrity="${integrity}"`);
    },
  };
}
