// Notices when the page replaces nodes, as client-side routers and page accelerators do.

/** Calls `look` after each change of the page's nodes. Returns a function that stops it. */
export function watchPage(look: () => void): () => void {
  const observer = new MutationObserver(look);
  observer.observe(document, { childList: true, subtree: true });
  return () => observer.disconnect();
}
