// Escape closes a bubble, unless something inside uses the key: a run that it stops prevents the
// event's default.
import { isComposing } from "../../ui/is-composing";

/** Listens until the returned function is called. */
export function closeOnEscape(close: () => void): () => void {
  let isTaken = false;
  // Recorded in the capture phase, before the target acts on it.
  const look = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    isTaken = isComposing(event) || document.querySelector("dialog[open]") !== null;
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
