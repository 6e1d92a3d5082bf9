// Keeps the page behind a covering chat from scrolling.

/** Locks or unlocks the page. Its own `overflow` returns with the unlocking. */
export function createPageLock(): (locked: boolean) => void {
  const { style } = document.documentElement;
  let before: string | undefined;
  return (locked) => {
    if (locked === (before !== undefined)) return;
    const { overflow } = style;
    style.overflow = locked ? "hidden" : (before as string);
    before = locked ? overflow : undefined;
  };
}
