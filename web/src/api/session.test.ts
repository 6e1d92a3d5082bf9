// Signing in with browsers that may keep no cookie; the server is a fake.
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { getSession, signIn } from "./session";
import { setBearerToken, setEmbedContext } from "./transport";

interface Seen {
  path: string;
  bearer: string | null;
  context: string | null;
}

function serve({ cookieSticks }: { cookieSticks: boolean }) {
  const seen: Seen[] = [];
  let logins = 0;
  vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
    const headers = new Headers(init.headers);
    const bearer = headers.get("Authorization")?.replace("Bearer ", "") ?? null;
    seen.push({ path, bearer, context: headers.get("X-SO-Context") });
    if (path === "/api/logout") return new Response(null, { status: 204 });
    if (path === "/api/session")
      return Response.json({ signed_in: bearer !== null || cookieSticks });
    logins += 1;
    const token = headers.get("X-SO-Context") === "embed" ? { token: `token-${logins}` } : {};
    return Response.json({ signed_in: true, ...token });
  });
  return { seen, at: (path: string) => seen.filter((one) => one.path === path) };
}

beforeEach(() => setEmbedContext(true));
afterEach(() => {
  setBearerToken(null);
  setEmbedContext(false);
  vi.unstubAllGlobals();
});

it("uses the cookie where it sticks, and keeps no token", async () => {
  const { at } = serve({ cookieSticks: true });
  const session = await signIn({ passcode: "x" });
  expect(session).not.toHaveProperty("token");
  await getSession();
  expect(at("/api/session").map(({ bearer }) => bearer)).toEqual([null, null]);
  expect(sessionStorage.length).toBe(0);
});

it("uses the token where it does not", async () => {
  const { at } = serve({ cookieSticks: false });
  await signIn({ passcode: "x" });
  await getSession();
  expect(at("/api/session").map(({ bearer }) => bearer)).toEqual([null, "token-1"]);
  expect(Object.values(sessionStorage)).toEqual(["token-1"]);
});

it("ends the session of an earlier token, once there is a new one", async () => {
  const { seen } = serve({ cookieSticks: false });
  await signIn({ client_secret: "first" });
  await signIn({ client_secret: "second" });
  await getSession();
  expect(seen.slice(2).map(({ path, bearer }) => [path, bearer])).toEqual([
    ["/api/login", null],
    ["/api/logout", "token-1"],
    ["/api/session", null],
    ["/api/session", "token-2"],
  ]);
});

it("neither asks for a token nor looks for one at the top", async () => {
  setEmbedContext(false);
  const { seen } = serve({ cookieSticks: false });
  await signIn({ passcode: "x" });
  expect(seen).toEqual([{ path: "/api/login", bearer: null, context: null }]);
});
