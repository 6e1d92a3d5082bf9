// A page that holds one thing in its middle: sign-in, waiting, a message that stands alone.
import type { ReactNode } from "react";
import { t } from "../i18n/translate";
import { Spinner } from "./spinner";

export interface ScreenProps {
  /** Names it, to be told from the main part of a page around a frame. */
  label?: string;
  children: ReactNode;
}

export function Screen({ label = t("ui.chat"), children }: ScreenProps) {
  return (
    <main aria-label={label} className="grid min-h-full place-items-center bg-base-200 px-4 py-8">
      <div className="w-full max-w-sm">{children}</div>
    </main>
  );
}

/** Shown while a page is not there yet; it appears after a moment, so that short waits stay calm. */
export function WaitingScreen() {
  return (
    <main aria-label={t("ui.chat")} aria-busy="true" className="grid min-h-full place-items-center">
      <Spinner label={t("ui.loading")} className="size-6 animate-appear text-muted" />
    </main>
  );
}
