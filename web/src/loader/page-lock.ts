// Keeps the page behind the chat from scrolling.

/** Locks or unlocks the page. Unlocking restores its own `overflow`. */
export function createPageLock(): (locked: boolean) => void {
  const { style } = document.documentElement;
  let before: string | undefined;
  return (locked) => {
    if (locked) {
      before ??= style.overflow;
      style.overflow = "hidden";
    } else if (before !== undefined) {
      style.overflow = before;
      before = undefined;
    }
  };
}
