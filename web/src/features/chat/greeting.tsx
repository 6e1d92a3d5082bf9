// The start of a conversation: a greeting and suggested messages.
import { ArrowUpRight } from "lucide-react";
import { t } from "../../i18n/translate";

/** For agents that keep notes. */
export const noteStarters = () => [
  t("chat.starter_note"),
  t("chat.starter_notes"),
  t("chat.starter_text"),
];

export interface GreetingProps {
  greeting: string;
  starters: readonly string[];
  onStart: (text: string) => void;
}

export function Greeting({ greeting, starters, onStart }: GreetingProps) {
  return (
    <div className="my-auto flex flex-col items-center gap-7 py-8">
      <h2 dir="auto" className="max-w-xl text-center font-semibold text-2xl">
        {greeting || t("chat.greeting")}
      </h2>
      {starters.length > 0 && (
        <ul className="flex w-full max-w-xl flex-col gap-2">
          {starters.map((starter) => (
            <li key={starter}>
              <button
                type="button"
                onClick={() => onStart(starter)}
                className="group flex w-full items-center gap-3 rounded-box border border-base-300 bg-base-100 px-4 py-3 text-start text-sm transition-colors hover:border-line hover:bg-base-200"
              >
                <span dir="auto" className="flex-1 wrap-anywhere">
                  {starter}
                </span>
                <ArrowUpRight
                  className="size-4 shrink-0 text-muted group-hover:text-accent-text rtl:-scale-x-100"
                  aria-hidden="true"
                />
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
