// The embed loader: a classic script on the host's page with one global. It shows the chat in a
// frame of the origin it was loaded from, and changes only its own nodes.
import { version } from "../../package.json";
import type { SmoothOperatorGlobal } from "../protocol/widget-api";
import { create } from "./create";
import { optionsOf } from "./options";
import { keepMounted, MOUNTED, mountWidget } from "./widget";

declare global {
  interface Window {
    SmoothOperator?: SmoothOperatorGlobal;
    [MOUNTED]?: SmoothOperatorGlobal;
  }
  interface Document {
    /** The script tags that have mounted a widget, as HTML. */
    [MOUNTED]?: Record<string, boolean>;
  }
}

const script = document.currentScript as HTMLScriptElement | null;
// An element of the page that is named `currentScript` must not decide where the chat comes from.
if (script?.localName !== "script" || !script.src) {
  throw new Error("SmoothOperator: no classic <script src>.");
}
// Not by `URL`: old scripts have a global variable of that name.
const { origin } = create("a", { href: script.src });
const mount: SmoothOperatorGlobal["mount"] = (target, options) =>
  mountWidget(origin, target, options);
window.SmoothOperator = window[MOUNTED] ??= { version, mount };

const wanted = optionsOf(script.dataset);
document[MOUNTED] ??= {};
const tags = document[MOUNTED];
// Page accelerators run the same tag again on each page.
if (wanted && !tags[script.outerHTML]) {
  tags[script.outerHTML] = true;
  const start = () => keepMounted(origin, wanted);
  // A script in the head runs before its target exists.
  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", start);
  } else start();
}
