// Escape in a bubble: closes it, unless something inside has a use for the key.

/** Listens until the returned function is called. `isBusy`: a run would take the key. */
export function closeOnEscape(isBusy: () => boolean, close: () => void): () => void {
  let isTaken = false;
  // Noted on the way down, before the one it is meant for acts on it.
  const look = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    isTaken = isComposing(event) || isBusy() || document.querySelector("dialog[open]") !== null;
  };
  const act = (event: KeyboardEvent) => {
    if (event.key === "Escape" && !isTaken && !event.defaultPrevented) close();
  };
  window.addEventListener("keydown", look, true);
  window.addEventListener("keydown", act);
  return () => {
    window.removeEventListener("keydown", look, true);
    window.removeEventListener("keydown", act);
  };
}

/** The key belongs to the input method; Safari ends the composition before the event. */
function isComposing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229;
}
