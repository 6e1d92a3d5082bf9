// Plain text; a long one is folded.
import { useState } from "react";
import { t } from "../../i18n/translate";
import { classNames } from "../../ui/class-names";

const MAX_CHARS = 1_200;
const MAX_LINES = 16;
/** By whole characters. */
const SHOWN = /^[\s\S]{0,2400}/u;

export function FoldedText({ text }: { text: string }) {
  const [open, setOpen] = useState(false);
  const long = text.length > MAX_CHARS || text.split("\n", MAX_LINES + 1).length > MAX_LINES;
  const folded = long && !open;
  return (
    <>
      <p
        dir="auto"
        className={classNames(
          "whitespace-pre-wrap wrap-anywhere",
          folded &&
            "max-h-60 overflow-hidden mask-b-from-75% print:max-h-none print:mask-none forced-colors:mask-none",
        )}
      >
        {folded ? <Beginning text={text} /> : text}
      </p>
      {long && (
        <button
          type="button"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          className="mt-1 min-h-6 font-medium text-accent-text text-sm underline-offset-3 hover:underline pointer-coarse:min-h-11 print:hidden"
        >
          {open ? t("chat.show_less") : t("chat.show_more")}
        </button>
      )}
    </>
  );
}

/** The rest is there for print only. */
function Beginning({ text }: { text: string }) {
  const [shown = ""] = SHOWN.exec(text) ?? [];
  if (shown.length === text.length) return text;
  return (
    <>
      {shown}
      <span className="hidden print:inline">{text.slice(shown.length)}</span>
    </>
  );
}
