// A page with a single thing in the middle: sign-in, waiting, a message.
import type { ReactNode } from "react";
import { t } from "../i18n/translate";
import { Spinner } from "./spinner";

export interface ScreenProps {
  /** Distinguishes it from the main part of a page around a frame. */
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

/**
 * The shell that index.html has painted already. The spinner appears after a moment, so that short
 * waits stay calm.
 */
export function WaitingScreen() {
  return (
    <main aria-label={t("ui.chat")} aria-busy="true" className="shell">
      <h1 className="sr-only">{t("ui.chat")}</h1>
      <div className="shell-header" />
      <Spinner label={t("ui.loading")} className="mx-auto size-6 animate-appear text-muted" />
      <div className="shell-box">
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="m5 12 7-7 7 7M12 19V5" />
        </svg>
      </div>
    </main>
  );
}
