// A question of an MCP server: a form, or an address to open.
import { CircleQuestionMark } from "lucide-react";
import { t } from "../../i18n/translate";
import { Button } from "../../ui/button";
import { Card, type InterruptCardProps } from "./card";
import { safeUrl } from "./markdown/safe-url";
import { QuestionForm } from "./question-form";

export function QuestionCard({ open, place, agent, onChoose }: InterruptCardProps) {
  const { message, schema, url } = open.interrupt;
  const address = url ? safeUrl(url) : null;
  const skip = () => onChoose({ type: "skip" });
  return (
    <Card
      place={place}
      icon={<CircleQuestionMark className="size-5 shrink-0 text-accent-text" aria-hidden="true" />}
      heading={t("card.question", { agent })}
      message={message}
    >
      {url ? (
        <div className="flex flex-wrap items-center gap-2">
          {address !== null && (
            <a
              href={address}
              target="_blank"
              rel="noopener noreferrer"
              className="btn btn-primary h-auto min-h-10 max-w-full shrink whitespace-normal break-all py-2 text-start font-medium"
              onClick={() => onChoose({ type: "answer", values: {} })}
            >
              {t("card.open_address", { address: url })}
            </a>
          )}
          <Button onClick={skip}>{t("card.skip")}</Button>
        </div>
      ) : (
        <QuestionForm
          schema={schema}
          onAnswer={(values) => onChoose({ type: "answer", values })}
          onSkip={skip}
        />
      )}
    </Card>
  );
}
