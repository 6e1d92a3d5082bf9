// The APIs that a frame may use: its own origin, or one that the operator lists. Any other could be
// given by a link, and would receive the passcode and the key.
import type { CodedError } from "../../i18n/error-text";
import { t } from "../../i18n/translate";

export type ApiChoice =
  | { allowed: true; baseUrl: string }
  | { allowed: false; code: string; reason: string; error: CodedError | null };

/** Checks `apiUrl` by exact comparison, without contacting it. */
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
  } catch (cause) {
    const reason = `config.json could not be read: ${String(cause)}`;
    const error = { code: "offline", message: t("error.offline") };
    return { allowed: false, code: "config_unreadable", reason, error };
  }
  if (typeof apiUrl === "string" && origins.includes(apiUrl)) {
    return { allowed: true, baseUrl: apiUrl };
  }
  const named = String(apiUrl).slice(0, 200);
  const reason = `this chat may not talk to the server at ${named}: it is not in API_ORIGINS`;
  return { allowed: false, code: "api_not_listed", reason, error: null };
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
