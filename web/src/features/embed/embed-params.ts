// The embedding parameters in the address of a frame.

export interface EmbedParams {
  /** Whether the loader made the frame, and will greet it. */
  loader: boolean;
  siteId: string | null;
  apiUrl: string | null;
}

/** Null if the app is not embedded. */
export function readEmbedParams(search: string): EmbedParams | null {
  const query = new URLSearchParams(search);
  if (query.get("embed") !== "1") return null;
  return {
    loader: query.get("loader") === "1",
    siteId: query.get("site"),
    apiUrl: query.get("apiUrl"),
  };
}
