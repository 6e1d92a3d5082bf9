// Asks for permission to call a tool of a server or of the page.
import { ShieldQuestionMark } from "lucide-react";
import { isEnglish, t } from "../../i18n/translate";
import { Button } from "../../ui/button";
import { Card, type InterruptCardProps } from "./card";
import { Fields } from "./fields";
import { toolName } from "./tool-words";

export function ApprovalCard({ open, place, agent, onChoose }: InterruptCardProps) {
  const { reason, tool, message, arguments: args } = open.interrupt;
  return (
    <Card
      place={place}
      icon={<ShieldQuestionMark className="size-5 shrink-0 text-accent-text" aria-hidden="true" />}
      heading={t("card.permission", { agent })}
      message={isEnglish() && message ? message : t("card.would_use", { tool: toolName(tool) })}
    >
      {Object.keys(args).length > 0 && (
        <div className="rounded-field bg-base-200 px-3 py-2 text-sm">
          <Fields name={t("tool.arguments")} value={args} />
        </div>
      )}
      <div className="flex flex-wrap gap-2">
        <Button look="primary" onClick={() => onChoose({ type: "allow", remember: false })}>
          {t("card.allow")}
        </Button>
        {reason === "approval" && (
          <Button onClick={() => onChoose({ type: "allow", remember: true })}>
            {t("card.allow_conversation")}
          </Button>
        )}
        <Button onClick={() => onChoose({ type: "refuse" })}>{t("card.refuse")}</Button>
      </div>
    </Card>
  );
}
