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
  const host = create("div");
  const panel = create("div");
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
    // In the top layer, which nothing of the page covers, clips or moves, except its later dialogs.
    host.popover = "manual";
    panel.className = "bubble";
    panel.hidden = true;
    const side = position === "left" ? "left" : "right";
    panel.style.cssText = `${side}:20px;width:${lengthOf(width ?? 400)};height:${lengthOf(height ?? 640)}`;
    button.element.style.cssText = `${side}:20px;--a:${accent ?? "#0a5f6b"}`;
    root.append(button.element);
  } else {
    const tall = height === "auto" ? 400 : (height ?? 600);
    host.style.cssText = `--w:${lengthOf(width ?? "100%")};--h:${lengthOf(tall)}`;
  }
  return { host, panel, frame, button };
}
