// The embed loader: one classic script on a host's page, one global. It shows the chat in a frame
// of the origin it was itself loaded from, and never touches the page outside its own nodes.
import { version } from "../../package.json";
import { optionsOf, type WidgetOptions } from "./options";
import { mountWidget, type WidgetHandle } from "./widget";

export interface SmoothOperatorGlobal {
  version: string;
  /** Mounts a widget; throws when `target` does not exist. */
  mount(target?: string | Element | null, options?: WidgetOptions): WidgetHandle;
}

declare global {
  interface Window {
    SmoothOperator?: SmoothOperatorGlobal;
  }
}

const script = document.currentScript as HTMLScriptElement | null;
if (!script?.src) {
  throw new Error('SmoothOperator: load this file by <script src="…">, not as a module.');
}
const { origin } = new URL(script.src);
const mount: SmoothOperatorGlobal["mount"] = (target, options) =>
  mountWidget(origin, target, options);
window.SmoothOperator ??= { version, mount };

const wanted = optionsOf(script.dataset);
if (wanted) {
  const start = () => mount(wanted.target, wanted.options);
  // A script in the head runs before its target exists.
  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", start, { once: true });
  } else start();
}
