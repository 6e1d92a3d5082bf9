// What a conversation begins with: a greeting and a few ways to start.
import { ArrowUpRight } from "lucide-react";

const STARTERS = [
  "Please keep a note that the demo is on Friday",
  "What have you kept for me so far?",
  "Help me write a friendly reminder to my team",
];

export interface GreetingProps {
  /** The site's own; empty where it has none. */
  greeting: string;
  starters: readonly string[];
  onStart: (text: string) => void;
}

export function Greeting({ greeting, starters, onStart }: GreetingProps) {
  return (
    <div className="my-auto flex flex-col items-center gap-7 py-8">
      <h2 className="max-w-xl text-center font-semibold text-2xl">
        {greeting || "How can I help?"}
      </h2>
      <ul className="flex w-full max-w-xl flex-col gap-2">
        {(starters.length > 0 ? starters : STARTERS).map((starter) => (
          <li key={starter}>
            <button
              type="button"
              onClick={() => onStart(starter)}
              className="group flex w-full items-center gap-3 rounded-box border border-base-300 bg-base-100 px-4 py-3 text-left text-sm transition-colors hover:border-line hover:bg-base-200"
            >
              <span className="flex-1 wrap-anywhere">{starter}</span>
              <ArrowUpRight
                className="size-4 shrink-0 text-muted group-hover:text-accent-text"
                aria-hidden="true"
              />
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
