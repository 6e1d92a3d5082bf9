// The loader's second copy, under a name that says what is in it (so that it may be cached for
// ever and pinned by SRI), and the hash that a host page needs for that.
import { createHash } from "node:crypto";
import type { Plugin } from "vite";

const LOADER = "embed/smoothoperator.js";

export function loaderPlugin(): Plugin {
  return {
    name: "smooth-operator:loader",
    applyToEnvironment: (environment) => environment.name === "loader",
    generateBundle(_options, bundle) {
      const loader = bundle[LOADER];
      if (loader?.type !== "chunk") throw new Error(`the build made no ${LOADER}`);
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
