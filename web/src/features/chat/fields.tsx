// An object as a list of its fields, which is easier to read than JSON.
import { t } from "../../i18n/translate";

export interface FieldsProps {
  name: string;
  value: Readonly<Record<string, unknown>>;
}

export function Fields({ name, value }: FieldsProps) {
  const fields = Object.entries(value);
  if (fields.length === 0) return <span className="text-muted">{t("tool.nothing")}</span>;
  return (
    <ul
      // biome-ignore lint/a11y/noNoninteractiveTabindex: long ones scroll, also by keyboard
      tabIndex={0}
      aria-label={name}
      className="-outline-offset-2 flex max-h-64 flex-col gap-1 overflow-y-auto print:max-h-none"
    >
      {fields.map(([field, content]) => (
        <li key={field} className="flex gap-2">
          <span className="shrink-0 text-muted">{field}</span>
          <span
            dir="auto"
            className="min-w-0 whitespace-pre-wrap wrap-anywhere font-mono text-[0.8125rem]"
          >
            {typeof content === "string" ? content : JSON.stringify(content)}
          </span>
        </li>
      ))}
    </ul>
  );
}
