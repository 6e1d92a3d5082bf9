// A TeX formula as MathML. The library is loaded with the first formula.
import { useEffect, useRef, useState } from "react";
import type { FormulaToken } from "./formula-syntax";

const load = () => import("temml");

export function Formula({ token }: { token: FormulaToken }) {
  const { tex, display, raw } = token;
  const place = useRef<HTMLSpanElement>(null);
  const [drawn, setDrawn] = useState(false);

  useEffect(() => {
    let current = true;
    load()
      .then(({ default: temml }) => {
        if (!current || !place.current) return;
        // Limits for hostile input: no links, classes or endless macros.
        temml.render(tex, place.current, {
          displayMode: display,
          throwOnError: true,
          trust: false,
          maxExpand: 200,
          maxSize: [20, 500],
        });
        setDrawn(true);
      })
      .catch(() => {
        // Shown as its source.
      });
    return () => {
      current = false;
    };
  }, [tex, display]);

  return (
    <>
      <span
        ref={place}
        dir="ltr"
        className={display ? "block max-w-full overflow-x-auto py-1 text-lg" : "text-[1.05em]"}
      />
      {!drawn && <span className="font-mono text-[0.875em]">{raw.trim()}</span>}
    </>
  );
}
