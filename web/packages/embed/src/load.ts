// Loads the embed script. It can be imported on a server; calling it needs a page.
import type { SmoothOperatorGlobal } from "../../../src/protocol/widget-api.js";

export interface LoadOptions {
  /** Pins the script; see `/embed/sri.json` of the chat's host. */
  integrity?: string | undefined;
  /** For a Content-Security-Policy that works with nonces. */
  nonce?: string | undefined;
}

const loading = new Map<string, Promise<SmoothOperatorGlobal>>();

/**
 * Loads the script at `url`, such as `https://chat.example/embed/smoothoperator.js`, once for all
 * calls. Rejects if it cannot be loaded; a later call tries again.
 */
export function loadSmoothOperator(
  url: string,
  options: LoadOptions = {},
): Promise<SmoothOperatorGlobal> {
  const known = loading.get(url);
  if (known) return known;
  const loaded = load(url, options);
  loading.set(url, loaded);
  loaded.catch(() => loading.delete(url));
  return loaded;
}

async function load(url: string, { integrity, nonce }: LoadOptions): Promise<SmoothOperatorGlobal> {
  if (typeof document === "undefined") {
    throw new Error("SmoothOperator can only be loaded in a browser.");
  }
  const script = document.createElement("script");
  script.src = url;
  if (integrity !== undefined) {
    script.integrity = integrity;
    script.crossOrigin = "anonymous";
  }
  if (nonce !== undefined) script.nonce = nonce;
  await new Promise<void>((resolve, reject) => {
    script.onload = () => resolve();
    script.onerror = () => {
      script.remove();
      reject(new Error(`${url} did not load: check the address and this page's script-src.`));
    };
    document.head.append(script);
  });
  const { SmoothOperator } = window as { SmoothOperator?: SmoothOperatorGlobal };
  if (!SmoothOperator) throw new Error(`${url} is not SmoothOperator's embed script.`);
  return SmoothOperator;
}
