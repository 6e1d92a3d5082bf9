// The session of a chat in a frame, seen from outside the browser.
import type { BrowserContext, Cookie } from "@playwright/test";
import type { Stack } from "../support/stack";

/** Undefined if the browser kept no cookie. */
export async function frameCookie(context: BrowserContext): Promise<Cookie | undefined> {
  return (await context.cookies()).find(({ name }) => name === "__Host-so_embed");
}

export async function sessionOf(context: BrowserContext): Promise<Cookie> {
  const cookie = await frameCookie(context);
  if (!cookie) throw new Error("there is no session");
  return cookie;
}

export function headersOf({ name, value }: Cookie) {
  return { Cookie: `${name}=${value}`, "X-SO-Context": "embed" };
}

export async function isAlive(stack: Stack, session: Cookie): Promise<boolean> {
  const headers = headersOf(session);
  const answer = await fetch(`${stack.appOrigin}/api/session`, { headers });
  return ((await answer.json()) as { signed_in: boolean }).signed_in;
}

/** Ends a session without the page's knowledge, as its age would. */
export async function endSession(stack: Stack, session: Cookie): Promise<void> {
  const headers = headersOf(session);
  await fetch(`${stack.appOrigin}/api/logout`, { method: "POST", headers });
}
