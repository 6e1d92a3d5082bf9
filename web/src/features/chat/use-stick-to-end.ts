// Keeps a growing list scrolled to its end while the user is there, and still when they scroll up.
import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";

/** A position this close to the end counts as the end. */
const NEAR_PX = 48;

export interface StickToEnd {
  scroller: RefObject<HTMLDivElement | null>;
  content: RefObject<HTMLDivElement | null>;
  following: boolean;
  toEnd: () => void;
}

/** A scroll soon after one of these is the user's. */
const READER_EVENTS = ["wheel", "touchmove", "keydown", "pointerdown", "pointermove"] as const;
const READER_MS = 300;

/** `view` identifies the content: other content begins at its end, or at its top if empty. */
export function useStickToEnd(view: string | null, empty: boolean): StickToEnd {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const stuck = useRef(true);
  const lastTop = useRef(0);
  const lastHeight = useRef(0);
  const [following, setFollowing] = useState(true);

  const toEnd = useCallback(() => {
    const box = scroller.current;
    if (!box) return;
    stuck.current = true;
    setFollowing(true);
    box.scrollTop = empty ? 0 : box.scrollHeight;
    lastTop.current = box.scrollTop;
    lastHeight.current = box.scrollHeight;
  }, [empty]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another view begins at its end
  useLayoutEffect(() => {
    toEnd();
  }, [view, toEnd]);

  useEffect(() => {
    const box = scroller.current;
    const inside = content.current;
    if (!box || !inside) return;
    let readerActed = Number.NEGATIVE_INFINITY;
    const onReader = () => {
      readerActed = performance.now();
    };
    const onScroll = () => {
      const near = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PX;
      const up = box.scrollTop < lastTop.current - 1;
      // A list that shrinks briefly (`content-visibility` measures its articles again) is pushed
      // up, too: if the height has changed, the scroll is the user's only right after they acted.
      const theirs =
        box.scrollHeight === lastHeight.current || performance.now() - readerActed < READER_MS;
      if (near) stuck.current = true;
      else if (up && theirs) stuck.current = false;
      lastTop.current = box.scrollTop;
      lastHeight.current = box.scrollHeight;
      setFollowing(stuck.current);
    };
    const observer = new ResizeObserver(() => {
      if (stuck.current) toEnd();
    });
    observer.observe(inside);
    observer.observe(box);
    box.addEventListener("scroll", onScroll, { passive: true });
    for (const name of READER_EVENTS) box.addEventListener(name, onReader, { passive: true });
    return () => {
      observer.disconnect();
      box.removeEventListener("scroll", onScroll);
      for (const name of READER_EVENTS) box.removeEventListener(name, onReader);
    };
  }, [toEnd]);

  return { scroller, content, following, toEnd };
}
