// A tool call as a disclosure of its arguments and result.
import { Check, NotebookPen, TriangleAlert, Wrench } from "lucide-react";
import { t } from "../../i18n/translate";
import { Spinner } from "../../ui/spinner";
import type { ToolUse } from "./chat-state";
import { Disclosure } from "./disclosure";
import { Fields, type FieldsProps } from "./fields";
import { toolWords } from "./tool-words";

export function ToolCall({ call, ended }: { call: ToolUse; ended: boolean }) {
  return (
    <Disclosure icon={<ToolIcon call={call} ended={ended} />} label={toolWords(call)}>
      <dl className="flex flex-col gap-3">
        <Value name={t("tool.arguments")} value={call.arguments} />
        {call.result !== null && (
          <Value name={call.is_error ? t("tool.error") : t("tool.result")} value={call.result} />
        )}
      </dl>
      {call.result === null && (
        <p className="mt-3 text-muted">{ended ? t("tool.no_result") : t("tool.waiting")}</p>
      )}
    </Disclosure>
  );
}

function ToolIcon({ call, ended }: { call: ToolUse; ended: boolean }) {
  const look = "size-4 shrink-0";
  if (call.result === null && !ended) return <Spinner className={`${look} text-muted`} />;
  if (call.is_error || call.result === null) {
    return <TriangleAlert className={`${look} text-warning`} aria-hidden="true" />;
  }
  if (call.tool.endsWith("_note")) {
    return <NotebookPen className={`${look} text-accent-text`} aria-hidden="true" />;
  }
  if (call.tool === "list_titles") {
    return <Check className={`${look} text-accent-text`} aria-hidden="true" />;
  }
  return <Wrench className={`${look} text-muted`} aria-hidden="true" />;
}

function Value({ name, value }: FieldsProps) {
  return (
    <div>
      <dt className="mb-1 font-medium text-muted text-xs">{name}</dt>
      <dd>
        <Fields name={name} value={value} />
      </dd>
    </div>
  );
}
