// Whether a site's bubble is open, for the next page of the host in this tab. The host page's own
// sessionStorage, since there is no frame before the first opening; it may be denied.

const HOUR_MS = 3_600_000;

/** Writes `open`, where it is given. Returns whether the bubble was opened within the last hour. */
export function recallOpen(siteId = "", open?: boolean): boolean {
  const key = `SmoothOperator:${siteId}`;
  try {
    if (open !== undefined) sessionStorage[key] = open ? Date.now() : 0;
    return Date.now() - sessionStorage[key] < HOUR_MS;
  } catch {
    return false;
  }
}
