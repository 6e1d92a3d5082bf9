// Whether a page may take the focus by itself: in a frame it is not pulled out of the page around it.
export function mayTakeFocus(): boolean {
  return window.self === window.top || document.hasFocus();
}
