// Keeps a growing list at its end while the reader is there; who scrolls up stays where they are.
import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";

/** Nearer to the end than this counts as being there. */
const NEAR_PX = 48;

export interface StickToEnd {
  scroller: RefObject<HTMLDivElement | null>;
  content: RefObject<HTMLDivElement | null>;
  /** The reader is at the end and follows it. */
  following: boolean;
  toEnd: () => void;
}

/** `view` names what is shown: another one begins at its end. */
export function useStickToEnd(view: string | null): StickToEnd {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const stuck = useRef(true);
  const lastTop = useRef(0);
  const [following, setFollowing] = useState(true);

  const toEnd = useCallback(() => {
    const box = scroller.current;
    if (!box) return;
    stuck.current = true;
    setFollowing(true);
    box.scrollTop = box.scrollHeight;
    lastTop.current = box.scrollTop;
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another view begins at its end
  useLayoutEffect(() => {
    toEnd();
  }, [view, toEnd]);

  useEffect(() => {
    const box = scroller.current;
    const inside = content.current;
    if (!box || !inside) return;
    const onScroll = () => {
      const near = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PX;
      // Only the reader moves up; growth alone leaves the end without a step back.
      if (near) stuck.current = true;
      else if (box.scrollTop < lastTop.current - 1) stuck.current = false;
      lastTop.current = box.scrollTop;
      setFollowing(stuck.current);
    };
    const observer = new ResizeObserver(() => {
      if (stuck.current) toEnd();
    });
    observer.observe(inside);
    observer.observe(box);
    box.addEventListener("scroll", onScroll, { passive: true });
    return () => {
      observer.disconnect();
      box.removeEventListener("scroll", onScroll);
    };
  }, [toEnd]);

  return { scroller, content, following, toEnd };
}
