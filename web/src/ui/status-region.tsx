// The app's only polite live region and its store: `announce(text)` from anywhere.
import { useSyncExternalStore } from "react";

let text = "";
const listeners = new Set<() => void>();

/** Announced when the screen reader is idle, even if it is the same text again. */
export function announce(next: string): void {
  // A no-break space turns a repeated text into a change, which is announced.
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
