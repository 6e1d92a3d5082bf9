// A notice about a run.
import { Info } from "lucide-react";
import { errorText } from "../../i18n/error-text";
import type { Notice } from "./chat-state";

export function NoticeLine({ notice }: { notice: Notice }) {
  return (
    <p className="flex items-start gap-2 py-1 text-muted text-sm" dir="auto">
      <Info className="mt-0.5 size-4 shrink-0" aria-hidden="true" />
      <span className="min-w-0 wrap-anywhere">{errorText(notice)}</span>
    </p>
  );
}
