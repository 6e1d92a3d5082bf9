// Whether a page may focus something by itself: in a frame that would take the focus from the page
// around.
export function mayTakeFocus(): boolean {
  return window.self === window.top || document.hasFocus();
}
