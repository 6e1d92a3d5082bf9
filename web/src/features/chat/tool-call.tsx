// A tool call as a disclosure: what it did, and inside what was asked and what came back.
import { Check, ChevronDown, NotebookPen, TriangleAlert, Wrench } from "lucide-react";
import { useId, useState } from "react";
import { classNames } from "../../ui/class-names";
import { Spinner } from "../../ui/spinner";
import type { ToolUse } from "./chat-state";
import { toolWords } from "./tool-words";

export function ToolCall({ call, ended }: { call: ToolUse; ended: boolean }) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const words = toolWords(call);
  return (
    <div className="w-fit max-w-full rounded-box border border-base-300 bg-base-100 text-sm">
      <button
        type="button"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
        className="flex min-h-9 w-full items-center gap-2.5 rounded-box px-3 py-1.5 text-left hover:bg-base-200"
      >
        <ToolIcon call={call} ended={ended} />
        <span className="min-w-0 flex-1 wrap-anywhere">{words}</span>
        <ChevronDown
          className={classNames(
            "size-4 shrink-0 text-muted transition-transform",
            open && "rotate-180",
          )}
          aria-hidden="true"
        />
      </button>
      {open && (
        <dl id={id} className="flex flex-col gap-3 border-base-300 border-t px-3 py-3">
          <Value name="Asked" value={call.arguments} />
          {call.result === null ? (
            <p className="text-muted">{ended ? "No answer came." : "Waiting for the answer…"}</p>
          ) : (
            <Value name={call.is_error ? "Failed with" : "Answer"} value={call.result} />
          )}
        </dl>
      )}
    </div>
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

/** An object as its fields: people read those more easily than JSON. */
function Value({ name, value }: { name: string; value: Record<string, unknown> }) {
  const fields = Object.entries(value);
  return (
    <div>
      <dt className="mb-1 font-medium text-muted text-xs">{name}</dt>
      <dd>
        {fields.length === 0 ? (
          <span className="text-muted">Nothing</span>
        ) : (
          <ul
            // biome-ignore lint/a11y/noNoninteractiveTabindex: long ones scroll, also by keyboard
            tabIndex={0}
            aria-label={name}
            className="-outline-offset-2 flex max-h-64 flex-col gap-1 overflow-y-auto"
          >
            {fields.map(([field, content]) => (
              <li key={field} className="flex gap-2">
                <span className="shrink-0 text-muted">{field}</span>
                <span className="min-w-0 whitespace-pre-wrap wrap-anywhere font-mono text-[0.8125rem]">
                  {typeof content === "string" ? content : JSON.stringify(content)}
                </span>
              </li>
            ))}
          </ul>
        )}
      </dd>
    </div>
  );
}
