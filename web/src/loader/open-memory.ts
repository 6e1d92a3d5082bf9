// Remembers for the next page in this tab whether a site's bubble is open. Uses the host page's
// sessionStorage, since the frame may not exist. Access may be denied.

const HOUR_MS = 3_600_000;

/** Stores `open`, if given. Returns whether the bubble was opened within the last hour. */
export function recallOpen(siteId = "", open?: boolean): boolean {
  const key = `SmoothOperator:${siteId}`;
  try {
    if (open !== undefined) sessionStorage[key] = open ? Date.now() : 0;
    return Date.now() - sessionStorage[key] < HOUR_MS;
  } catch {
    return false;
  }
}
