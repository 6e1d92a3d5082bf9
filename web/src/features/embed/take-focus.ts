// Moves the focus into the frame when the visitor opens its bubble.

/**
 * The browser moves the focus between two processes: where the frame does not have it yet, the
 * field is focused again when it arrives. Returns how to stop waiting for that.
 */
export function takeFocus(): () => void {
  focusMainField();
  window.addEventListener("focus", focusMainField, { once: true });
  return () => window.removeEventListener("focus", focusMainField);
}

/** Fields that are not there yet take the focus by themselves when they come. */
function focusMainField(): void {
  window.focus();
  document.querySelector<HTMLElement>("[data-main-field]")?.focus();
}
