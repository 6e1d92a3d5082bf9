// Highlighted code, once its language is loaded; plain until then and if it is unknown.
import { startTransition, useContext, useEffect, useState } from "react";
import type { ColouredPart } from "./highlight";
import { TextContext } from "./text-context";

/** Longer code stays plain, since highlighting it would block the page. */
const MAX_CHARS = 16 * 1024;

const load = () => import("./highlight");

export function HighlightedCode({ code, language }: { code: string; language: string }) {
  const { growing } = useContext(TextContext);
  const [parts, setParts] = useState<{ code: string; parts: ColouredPart[] } | null>(null);

  useEffect(() => {
    if (growing || language === "" || code.length > MAX_CHARS) return;
    let current = true;
    load()
      .then(({ highlight }) => highlight(code, language))
      .then((found) => {
        // Many blocks may be highlighted at once when a language arrives.
        if (current && found) startTransition(() => setParts({ code, parts: found }));
      })
      .catch(() => {
        // It is readable without highlighting.
      });
    return () => {
      current = false;
    };
  }, [growing, code, language]);

  if (parts?.code !== code) return code;
  return parts.parts.map(({ text, look }, index) =>
    look === null ? (
      text
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: a part's place is its name
      <span key={index} className={look}>
        {text}
      </span>
    ),
  );
}
