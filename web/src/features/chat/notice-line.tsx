// A notice about a run. Its code selects it in the visitor's language; the server's own English
// message can be more precise.
import { Info } from "lucide-react";
import { translated } from "../../i18n/translate";
import type { Notice } from "./chat-state";

export function NoticeLine({ notice }: { notice: Notice }) {
  return (
    <p className="flex items-start gap-2 py-1 text-muted text-sm" dir="auto">
      <Info className="mt-0.5 size-4 shrink-0" aria-hidden="true" />
      <span className="min-w-0 wrap-anywhere">
        {translated(`notice.${notice.code}`) ?? notice.message}
      </span>
    </p>
  );
}
