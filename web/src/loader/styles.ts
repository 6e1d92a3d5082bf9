// The widget's styles, as a constructed sheet in its shadow root: no <style> element, so a strict
// host policy needs no 'unsafe-inline', and the host's own styles stay out.

/** Where the bubble covers the screen. */
export const COVERING = "(max-width:639.98px),(max-height:499.98px)";

// Important declarations of a shadow tree win over all of the page's, `!important` or not: no style
// sheet hides or moves our element. Terse, since every host page loads these bytes. The icon is white
// or black, whichever has 3:1 on the accent (a lightness of 0.67 is where both do). Forced colours
// show the transparent lines around panel and button.
const CSS =
  ":host{all:initial!important;display:block!important;width:var(--w)!important;height:var(--h)!important}" +
  ":host([popover]){position:fixed!important;width:0!important}" +
  ":host::backdrop{display:none!important}" +
  "div,iframe{width:100%;height:100%;border:0}iframe{display:block}" +
  ".bubble,button{position:fixed;bottom:20px;box-shadow:0 8px 40px #0006}" +
  ".bubble{bottom:88px;max-width:calc(100% - 40px);max-height:calc(100% - 108px);overflow:hidden;background:Canvas;outline:1px solid #0000;border-radius:16px}" +
  "button{width:56px;height:56px;padding:15px;border:1px solid #0000;border-radius:50%;cursor:pointer;background:var(--a);color:oklch(from var(--a) calc(670 - l*999) 0 0)}" +
  "svg{width:24px;height:24px;fill:none;stroke:currentColor;stroke-width:2;stroke-linecap:round}" +
  '[aria-description*=" "]::after{content:"";position:absolute;top:0;right:0;border:8px solid #b00;border-radius:50%}' +
  `@media ${COVERING}{.bubble{inset:0!important;min-width:100%;min-height:100%;border-radius:0}[aria-expanded=true]{visibility:hidden}}` +
  "@media print{:host{display:none!important}}";

export function dress(root: ShadowRoot): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(CSS);
  root.adoptedStyleSheets = [sheet];
}

/** A length of the host's: a bare number is in pixels, from an attribute too. */
export function lengthOf(value: string | number): string {
  return `${value}${+value >= 0 ? "px" : ""}`;
}
