// Keeps the page behind the chat from scrolling.

/** Locks or unlocks the page. Unlocking restores its own `overflow`. */
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
