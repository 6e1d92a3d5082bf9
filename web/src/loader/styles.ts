// The widget's styles, as a constructed sheet in its shadow root: no <style> element, so a strict
// host policy needs no 'unsafe-inline', and the host's own styles stay out.

// Kept terse: these are bytes that every host page loads. The icon is white or black, whichever has
// 3:1 on the accent (a lightness of 0.67 is where both do).
const CSS = `:host{all:initial;display:block;--a:#0a5f6b}
.panel{height:100%}
iframe{border:0;display:block;width:100%;height:100%}
.bubble,button{position:fixed;z-index:2147483647;bottom:20px;box-shadow:0 8px 40px #0006}
.bubble{bottom:88px;width:min(var(--w,400px),100vw - 40px);height:min(var(--h,640px),100dvh - 108px);border-radius:16px;overflow:hidden;background:Canvas}
button{width:56px;height:56px;padding:15px;border:0;border-radius:50%;cursor:pointer;background:var(--a);color:oklch(from var(--a) calc((.67 - l)*999) 0 0)}
button:focus-visible{outline:3px solid;outline-offset:-6px}
path{fill:none;stroke:currentColor;stroke-width:2;stroke-linecap:round}
@media (max-width:639.98px){.bubble{inset:0!important;width:100%;height:100dvh;border-radius:0}[aria-expanded=true]{visibility:hidden}}`;

/** Where the bubble covers the screen; the same width as in the sheet above. */
export const COVERING = "(max-width:639.98px)";

export function dress(root: ShadowRoot): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(CSS);
  root.adoptedStyleSheets = [sheet];
}

/** A length of the host's: a bare number is in pixels, from an attribute too. */
export function lengthOf(value: string | number): string {
  return Number.isNaN(+value) ? `${value}` : `${value}px`;
}
