// Which API a frame may talk to: its own origin, or one that the operator lists. Anything else
// would be given the passcode and the key by whoever writes a link that names it.

export type ApiChoice =
  | { allowed: true; baseUrl: string }
  | { allowed: false; reason: string; retryable: boolean };

/** Judges `apiUrl` by exact comparison; the API itself is not contacted. */
export async function chooseApi(
  apiUrl: unknown,
  ownOrigin: string,
  fetchOrigins: () => Promise<readonly string[]> = fetchApiOrigins,
): Promise<ApiChoice> {
  if (apiUrl === undefined || apiUrl === null || apiUrl === "" || apiUrl === ownOrigin) {
    return { allowed: true, baseUrl: "" };
  }
  let origins: readonly string[];
  try {
    origins = await fetchOrigins();
  } catch {
    return {
      allowed: false,
      reason: "The chat's settings cannot be read. Check your connection and try again.",
      retryable: true,
    };
  }
  if (typeof apiUrl === "string" && origins.includes(apiUrl)) {
    return { allowed: true, baseUrl: apiUrl };
  }
  return {
    allowed: false,
    reason: `This chat may not talk to the server at ${String(apiUrl).slice(0, 200)}.`,
    retryable: false,
  };
}

/** The operator's list, which nginx renders from the same variable as the page's connect-src. */
async function fetchApiOrigins(): Promise<readonly string[]> {
  const response = await fetch("/config.json", { cache: "no-store" });
  const config: unknown = await response.json();
  const origins =
    typeof config === "object" && config !== null && "apiOrigins" in config
      ? config.apiOrigins
      : null;
  if (!response.ok || !Array.isArray(origins)) throw new Error("config.json is not as expected");
  return origins.filter((origin): origin is string => typeof origin === "string");
}
