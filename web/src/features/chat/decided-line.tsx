import { Check, X } from "lucide-react";
import { t } from "../../i18n/translate";
import { Spinner } from "../../ui/spinner";
import type { OpenInterrupt } from "./interrupts";
import { toolName } from "./tool-words";

export function DecidedLine({ open }: { open: OpenInterrupt }) {
  const look = "size-4 shrink-0 text-muted";
  const refused = open.answer?.status === "cancelled" || open.answer?.payload?.approved === false;
  return (
    <p className="flex items-center gap-2 py-1 text-muted text-sm">
      {open.step === "running" ? (
        <Spinner className={look} />
      ) : refused ? (
        <X className={look} aria-hidden="true" />
      ) : (
        <Check className={look} aria-hidden="true" />
      )}
      <span className="min-w-0 wrap-anywhere">{words(open, refused)}</span>
    </p>
  );
}

function words({ interrupt, step }: OpenInterrupt, refused: boolean): string {
  const tool = toolName(interrupt.tool);
  if (interrupt.reason === "question") return refused ? t("card.skipped") : t("card.answered");
  if (step === "running") return t("card.running", { tool });
  return refused ? t("card.refused", { tool }) : t("card.allowed", { tool });
}
