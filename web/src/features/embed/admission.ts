// Whether the page around a frame may show the chat, by the operator's lists.
import type { CodedError } from "../../i18n/error-text";
import type { ApiChoice } from "./allowed-api";

/** `reason` is for the page's owner; `error`, for the visitor, if it may be temporary. */
export type Admission =
  | { admitted: true; baseUrl: string }
  | { admitted: false; code: string; reason: string; error: CodedError | null };

export interface Applicant {
  apiUrl: unknown;
  siteId: string | null;
  /** The origin of the page around; null if the browser does not tell. */
  host: string | null;
  isFramed: boolean;
}

export interface AdmittingSite {
  getState():
    | { status: "loading" | "unknown" }
    | { status: "unreachable"; error: CodedError }
    | { status: "ready"; origins: readonly string[] };
  load(): Promise<void>;
}

/** `applyApi` is called before the site is asked for. */
export async function admit(
  { apiUrl, siteId, host, isFramed }: Applicant,
  site: AdmittingSite,
  chooseApi: (apiUrl: unknown) => Promise<ApiChoice>,
  applyApi: (baseUrl: string) => void,
): Promise<Admission> {
  const api = await chooseApi(apiUrl);
  if (!api.allowed) return { admitted: false, ...api };
  applyApi(api.baseUrl);
  await site.load();
  const state = site.getState();
  if (state.status === "unreachable") {
    const { error } = state;
    return { admitted: false, code: error.code, reason: error.message, error };
  }
  if (state.status !== "ready") {
    return refusal("site_not_found", `the operator's list of sites has no "${siteId}"`);
  }
  const isListed = host !== null && state.origins.includes(host);
  if (isFramed && state.origins.length > 0 && !isListed) {
    const page = host ?? "a page whose origin the browser does not tell";
    return refusal(
      "origin_not_listed",
      `the site "${siteId}" does not list ${page}: add it to its origins in SITES_FILE`,
    );
  }
  return { admitted: true, baseUrl: api.baseUrl };
}

function refusal(code: string, reason: string): Admission {
  return { admitted: false, code, reason, error: null };
}
