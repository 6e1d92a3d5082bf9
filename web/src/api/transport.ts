// How requests reach the API: its origin, the cookie it reads, and the bearer token for browsers
// that drop the cookie.
import { readTab, removeTab, writeTab } from "./tab-storage";

const TOKEN = "so.token";

let baseUrl = "";
let framed = window.self !== window.top;
let token: string | null = null;

/**
 * "" is the app's own. The passcode and the key are sent there, so the caller must check it against
 * the operator's list.
 */
export function setBaseUrl(url: string): void {
  baseUrl = url === location.origin ? "" : url.replace(/\/+$/, "");
}

/** Forces the frame's cookie on or off; by default it is used in a frame. */
export function setEmbedContext(value: boolean): void {
  framed = value;
}

/** Whether requests use the cookie for frames: in a frame, or with the API on another site. */
export function isEmbedContext(): boolean {
  return framed || baseUrl !== "";
}

/** Sets the token used instead of a cookie (null: none). It survives a reload, but not the tab. */
export function setBearerToken(value: string | null): void {
  token = value;
  if (value === null) removeTab(TOKEN);
  else writeTab(TOKEN, value);
}

export function bearerToken(): string | null {
  token ??= isEmbedContext() ? readTab(TOKEN) : null;
  return token;
}

export function send(path: string, init: RequestInit, anonymous = false): Promise<Response> {
  const headers = new Headers(init.headers);
  if (isEmbedContext()) {
    headers.set("X-SO-Context", "embed");
    const bearer = bearerToken();
    if (bearer !== null && !anonymous) headers.set("Authorization", `Bearer ${bearer}`);
  }
  return fetch(baseUrl + path, {
    cache: "no-store",
    redirect: "error",
    ...init,
    headers,
    credentials: baseUrl === "" ? "same-origin" : "include",
  });
}
