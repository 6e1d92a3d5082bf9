// The session: the visitor, API key and model.
import type { ModelList, Session, SignedInSession } from "../protocol/types";
import { request } from "./http";
import { bearerToken, isEmbedContext, setBearerToken } from "./transport";

export type Credentials = { passcode: string; site_id?: string } | { client_secret: string };

/** The current session. Also answers strangers, and never with 401. */
export function getSession(signal?: AbortSignal): Promise<Session> {
  return request<Session>("GET", "/api/session", { signal });
}

/**
 * In a frame the browser may drop the cookie; a request with only the cookie finds out, and then
 * the token of the response is used instead.
 */
export async function signIn(credentials: Credentials): Promise<SignedInSession> {
  const before = bearerToken();
  setBearerToken(null);
  const { token, ...session } = await request<SignedInSession>("POST", "/api/login", {
    body: credentials,
  });
  // The server ends the session of a previous cookie by itself, but does not see a previous token.
  if (before !== null) await endSession(before);
  if (token && isEmbedContext() && !(await cookieStuck())) setBearerToken(token);
  return session;
}

async function endSession(bearer: string): Promise<void> {
  try {
    await request<void>("POST", "/api/logout", { headers: { Authorization: `Bearer ${bearer}` } });
  } catch {
    // It then expires.
  }
}

async function cookieStuck(): Promise<boolean> {
  try {
    const seen = await request<Session>("GET", "/api/session", { anonymous: true });
    return seen.signed_in;
  } catch {
    return false;
  }
}

export async function signOut(): Promise<void> {
  await request<void>("POST", "/api/logout");
  setBearerToken(null);
}

/** Saves a key, a model, or both. The server first tries a key with the provider. */
export function saveSettings(settings: {
  api_key?: string;
  model?: string;
}): Promise<SignedInSession> {
  return request<SignedInSession>("POST", "/api/settings", { body: settings });
}

export function forgetKey(): Promise<void> {
  return request<void>("DELETE", "/api/settings");
}

export function listModels(signal?: AbortSignal): Promise<ModelList> {
  return request<ModelList>("GET", "/api/models", { signal });
}
