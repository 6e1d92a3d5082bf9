// A reference to a footnote. Moves the focus and not the address, which is the conversation's.
import { useContext } from "react";
import { t } from "../../../i18n/translate";
import type { FootnoteToken } from "./footnote-syntax";
import { TextContext } from "./text-context";

export const footnoteId = (text: string, label: string) => `footnote-${text}-${label}`;

export function FootnoteReference({ token }: { token: FootnoteToken }) {
  const { footnotes, id } = useContext(TextContext);
  const { label, raw } = token;
  if (!footnotes.has(label)) return raw;
  return (
    <sup>
      <button
        type="button"
        aria-label={t("markdown.footnote", { label })}
        onClick={() => document.getElementById(footnoteId(id, label))?.focus()}
        className="px-0.5 text-accent-text hover:underline"
      >
        {label}
      </button>
    </sup>
  );
}
