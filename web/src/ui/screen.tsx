// A page that holds one thing in its middle: sign-in, waiting, a message that stands alone.
import type { ReactNode } from "react";
import { Spinner } from "./spinner";

export function Screen({ children }: { children: ReactNode }) {
  return (
    <main className="grid min-h-full place-items-center bg-base-200 px-4 py-8">
      <div className="w-full max-w-sm">{children}</div>
    </main>
  );
}

/** Shown while a page is not there yet; it appears after a moment, so that short waits stay calm. */
export function WaitingScreen() {
  return (
    <main className="grid min-h-full place-items-center" aria-busy="true">
      <Spinner label="Loading" className="size-6 animate-appear text-muted" />
    </main>
  );
}
