// The one polite live region of the app, and the store behind it: `announce(text)` from anywhere.
import { useSyncExternalStore } from "react";

let text = "";
const listeners = new Set<() => void>();

/** Has a screen reader say `next` when it is idle. The same words twice are said twice. */
export function announce(next: string): void {
  // A no-break space makes a repeated sentence a change, which is what is read out.
  text = next !== "" && next === text ? `${next}\u00a0` : next;
  for (const listener of listeners) listener();
}

export function StatusRegion() {
  const current = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => text,
  );
  return (
    <div role="status" aria-live="polite" className="sr-only">
      {current}
    </div>
  );
}
