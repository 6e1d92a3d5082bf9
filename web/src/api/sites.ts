// The public appearance of a site: title, greeting, accent, and where it may be embedded.
import type { Site } from "../protocol/types";
import { request } from "./http";

export function getSite(siteId: string, signal?: AbortSignal): Promise<Site> {
  return request<Site>("GET", `/api/sites/${encodeURIComponent(siteId)}`, { signal });
}
