// The widget's nodes on the host's page: an element with a shadow root for the panel and, in a
// bubble, its button.
import type { WidgetOptions } from "../protocol/widget-api";
import { type BubbleButton, createBubbleButton } from "./bubble-button";
import { create } from "./create";
import { dress, lengthOf } from "./styles";

const SANDBOX =
  "allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox allow-downloads";

export interface Shell {
  host: HTMLElement;
  /** The place for the frame. */
  panel: HTMLElement;
  /** Not in the document yet. */
  frame: HTMLIFrameElement;
  button: BubbleButton;
}

export function createShell(origin: string, options: WidgetOptions, isBubble: boolean): Shell {
  const { accent, height, position, siteId, width } = options;
  const site = siteId ? `&site=${encodeURIComponent(siteId)}` : "";
  const host = create("div", {});
  const panel = create("div", { className: isBubble ? "bubble" : "", hidden: isBubble });
  const frame = create("iframe", {
    src: `${origin}/chat?embed=1&loader=1${site}`,
    allow: "clipboard-write",
    referrerPolicy: "strict-origin",
    sandbox: SANDBOX as never,
  });
  const button = createBubbleButton();
  const root = host.attachShadow({ mode: "open" });
  dress(root);
  root.append(panel);
  if (isBubble) {
    // Out of the page's flow, so that the page does not move. Without a width, even if the page has a
    // variable of this name: it would cover the page's own links.
    host.style.cssText = "--p:fixed;--w:0";
    const side = position === "left" ? "left" : "right";
    panel.style[side] = button.element.style[side] = "20px";
    panel.style.width = lengthOf(width ?? 400);
    panel.style.height = lengthOf(height ?? 640);
    button.element.style.setProperty("--a", accent ?? "#0a5f6b");
    root.append(button.element);
  } else {
    const tall = height === "auto" ? 400 : (height ?? 600);
    host.style.cssText = `--w:${lengthOf(width ?? "100%")};--h:${lengthOf(tall)}`;
  }
  return { host, panel, frame, button };
}
