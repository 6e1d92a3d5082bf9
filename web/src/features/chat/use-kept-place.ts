// Keeps the scroll position when older messages are inserted above.
import { type RefObject, useLayoutEffect, useRef } from "react";

export function useKeptPlace(
  scroller: RefObject<HTMLElement | null>,
  first: string | undefined,
  view: string | null,
): void {
  const before = useRef({ first, view, fromEnd: 0 });

  useLayoutEffect(() => {
    const box = scroller.current;
    const { first: firstBefore, view: viewBefore, fromEnd } = before.current;
    if (!box) return;
    const grownAbove = view === viewBefore && firstBefore !== undefined && first !== firstBefore;
    if (grownAbove) box.scrollTop = box.scrollHeight - fromEnd;
    const note = () => {
      before.current = { first, view, fromEnd: box.scrollHeight - box.scrollTop };
    };
    note();
    box.addEventListener("scroll", note, { passive: true });
    return () => box.removeEventListener("scroll", note);
  }, [scroller, first, view]);
}
