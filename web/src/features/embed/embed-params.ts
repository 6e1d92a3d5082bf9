// What the address of a frame says about how it is embedded.

export interface EmbedParams {
  /** The loader made the frame, and will greet it. */
  loader: boolean;
  siteId: string | null;
  apiUrl: string | null;
}

/** Null when the app is not embedded at all. */
export function readEmbedParams(search: string): EmbedParams | null {
  const query = new URLSearchParams(search);
  if (query.get("embed") !== "1") return null;
  return {
    loader: query.get("loader") === "1",
    siteId: query.get("site"),
    apiUrl: query.get("apiUrl"),
  };
}
