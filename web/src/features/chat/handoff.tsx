import { ArrowRight } from "lucide-react";
import { t } from "../../i18n/translate";

export function Handoff({ from, to }: { from: string; to: string }) {
  const words = t("chat.handed_over", { from, to });
  return (
    // biome-ignore lint/a11y/useSemanticElements: an <hr> can't hold its words
    <div
      role="separator"
      aria-label={words}
      className="flex items-center gap-3 py-1 text-muted text-xs"
    >
      <span className="h-px flex-1 bg-base-300 forced-colors:bg-[CanvasText]" />
      <ArrowRight className="size-3.5 rtl:-scale-x-100" aria-hidden="true" />
      <span>{words}</span>
      <span className="h-px flex-1 bg-base-300 forced-colors:bg-[CanvasText]" />
    </div>
  );
}
