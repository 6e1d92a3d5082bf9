// Remembers whether a site's bubble is open for the next page in this tab. In the host page's own
// sessionStorage, since the frame does not exist before the first opening. Access may be denied.

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
