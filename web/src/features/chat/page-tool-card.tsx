// A page tool that this tab does not run by itself: one started before a reload may be complete,
// and one of another tab runs there, unless that does not answer in time.
import { AppWindow } from "lucide-react";
import { t } from "../../i18n/translate";
import { Button } from "../../ui/button";
import { Card, type InterruptCardProps } from "./card";
import { toolName } from "./tool-words";

export function PageToolCard({ open, place, onChoose }: InterruptCardProps) {
  const { step, interrupt } = open;
  const tool = toolName(interrupt.tool);
  const unsure = step === "unsure";
  return (
    <Card
      place={place}
      icon={<AppWindow className="size-5 shrink-0 text-accent-text" aria-hidden="true" />}
      heading={unsure ? t("card.maybe_done", { tool }) : t("card.other_page", { tool })}
      message={unsure ? t("card.maybe_done_hint") : t("card.other_page_hint")}
    >
      {step !== "elsewhere" && (
        <div className="flex flex-wrap gap-2">
          <Button look="primary" onClick={() => onChoose({ type: "run" })}>
            {unsure ? t("card.run_again") : t("card.continue_here")}
          </Button>
          <Button onClick={() => onChoose({ type: "skip" })}>{t("card.skip")}</Button>
        </div>
      )}
    </Card>
  );
}
