// The round button of a bubble, labelled with its action.
import { create } from "./create";
import type { LoaderTexts } from "./texts";

// Drawn at their size of 24 px.
const CHAT = "M4 20l1-4a8 8 0 1 1 4 3z";
const CROSS = "M6 6l12 12M18 6L6 18";
const SVG = "http://www.w3.org/2000/svg";

export interface BubbleButton {
  element: HTMLButtonElement;
  /** Only attributes change: replacing a node under the pointer would lose the click. */
  show(state: { open: boolean; unread: number }, texts: LoaderTexts): void;
}

export function createBubbleButton(): BubbleButton {
  const element = create("button");
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.append(path);
  element.append(svg);
  const set = (name: string, value: string) => element.setAttribute(`aria-${name}`, value);
  return {
    element,
    show({ open, unread }, texts) {
      path.setAttribute("d", open ? CROSS : CHAT);
      set("label", open ? texts.close : texts.open);
      set("expanded", `${open}`);
      set("description", unread ? `${texts.unread} ${unread}` : "");
    },
  };
}
