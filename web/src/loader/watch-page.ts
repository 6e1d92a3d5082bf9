// Notices when the page replaces nodes, as client-side routers and page accelerators do.

const looks = new Set<() => void>();

new MutationObserver(() => {
  for (const look of looks) look();
}).observe(document, { childList: true, subtree: true });

/** Calls `look` after each change of the page's nodes. Returns a function that stops it. */
export function watchPage(look: () => void): () => void {
  looks.add(look);
  return () => looks.delete(look);
}
