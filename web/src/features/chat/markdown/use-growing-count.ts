// How many items of a long list to draw: a few more with each paint, so that none takes long.
import { startTransition, useEffect, useState } from "react";

const STEP = 2;

export function useGrowingCount(total: number): number {
  const [count, setCount] = useState(STEP);
  useEffect(() => {
    if (count >= total) return;
    const frame = requestAnimationFrame(() => startTransition(() => setCount(count + STEP)));
    return () => cancelAnimationFrame(frame);
  }, [count, total]);
  return count;
}
