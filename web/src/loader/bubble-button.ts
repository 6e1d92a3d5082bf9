// The round button of a bubble. It says what it does.
import { create } from "./create";

const CHAT = "M4 20l1-4a8 8 0 1 1 4 3z";
const CROSS = "M6 6l12 12M18 6L6 18";
const SVG = "http://www.w3.org/2000/svg";

export interface BubbleButton {
  element: HTMLButtonElement;
  show(open: boolean): void;
}

export function createBubbleButton(): BubbleButton {
  const element = create("button", {});
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.append(path);
  element.append(svg);
  return {
    element,
    show(open) {
      path.setAttribute("d", open ? CROSS : CHAT);
      element.setAttribute("aria-label", open ? "Close chat" : "Open chat");
      element.setAttribute("aria-expanded", String(open));
    },
  };
}
