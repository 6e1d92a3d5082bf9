// Moves the focus into the frame when the visitor opens its bubble.

/**
 * The browser moves the focus between two processes: if the frame does not have it yet, the field
 * is focused again when it arrives. A frame that has just been shown cannot have it before its
 * first paint, and asks once more then. Returns a function that stops waiting.
 */
export function takeFocus(): () => void {
  focusMainField();
  window.addEventListener("focus", focusMainField, { once: true });
  const paint = requestAnimationFrame(() => {
    if (!document.hasFocus()) focusMainField();
  });
  return () => {
    window.removeEventListener("focus", focusMainField);
    cancelAnimationFrame(paint);
  };
}

/** Fields that do not exist yet focus themselves when they appear. */
function focusMainField(): void {
  window.focus();
  document.querySelector<HTMLElement>("[data-main-field]")?.focus();
}
