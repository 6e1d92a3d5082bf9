import { afterEach, describe, expect, it, vi } from "vitest";
import { ApiError, onSignedOut, rawFetch, request } from "./http";
import { signIn } from "./session";
import { bearerToken, setBaseUrl, setBearerToken, setEmbedContext } from "./transport";

type Answer = Response | Error;

function serve(...answers: Answer[]) {
  const sent: { url: string; init: RequestInit; headers: Headers }[] = [];
  const fetch = vi.fn(async (url: string, init: RequestInit) => {
    sent.push({ url, init, headers: new Headers(init.headers) });
    const answer = answers.shift();
    if (!answer) throw new TypeError("nothing more to answer");
    if (answer instanceof Error) throw answer;
    return answer;
  });
  vi.stubGlobal("fetch", fetch);
  return sent;
}

const json = (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers });

const failure = (work: Promise<unknown>): Promise<ApiError> =>
  work.then(
    () => Promise.reject(new Error("it did not fail")),
    (error: ApiError) => error,
  );

afterEach(() => {
  setBaseUrl("");
  setEmbedContext(false);
  setBearerToken(null);
});

describe("request", () => {
  it("sends JSON with the page's own cookie and reads JSON", async () => {
    const sent = serve(json({ a: 1 }));
    await expect(request("POST", "/api/x", { body: { b: 2 } })).resolves.toEqual({ a: 1 });
    expect(sent[0]?.url).toBe("/api/x");
    expect(sent[0]?.init).toMatchObject({
      method: "POST",
      body: '{"b":2}',
      credentials: "same-origin",
    });
    expect(sent[0]?.headers.get("content-type")).toBe("application/json");
    expect(sent[0]?.headers.has("x-so-context")).toBe(false);
  });

  it("gives undefined for 204 and sends no content type without a body", async () => {
    const sent = serve(new Response(null, { status: 204 }));
    await expect(request("DELETE", "/api/x")).resolves.toBeUndefined();
    expect(sent[0]?.headers.has("content-type")).toBe(false);
  });

  it("throws the server's code and sentence, with the wait and the request's id", async () => {
    const problem = { code: "rate_limited", detail: "Wait a little.", status: 429 };
    serve(json(problem, 429, { "Retry-After": "42", "X-Request-Id": "r-1" }));
    const error = await failure(request("GET", "/api/x"));
    expect(error).toMatchObject({
      status: 429,
      code: "rate_limited",
      message: "Wait a little.",
      retryAfter: 42,
      requestId: "r-1",
    });
  });

  it("reads a Retry-After that is a date", async () => {
    vi.useFakeTimers({ now: new Date("2026-11-23T10:00:00Z"), toFake: ["Date"] });
    serve(json({}, 503, { "Retry-After": "Mon, 23 Nov 2026 10:00:30 GMT" }));
    const error = await failure(request("GET", "/api/x"));
    vi.useRealTimers();
    expect(error.retryAfter).toBe(30);
  });

  it.each([
    ["a page of HTML", () => new Response("<h1>Bad gateway</h1>", { status: 502 })],
    ["JSON that is not an object", () => json(null, 502)],
    ["fields of the wrong type", () => json({ code: 7, detail: ["x"] }, 502)],
  ])("makes a sentence of its own of %s", async (_what, answer) => {
    serve(answer());
    const error = await failure(request("GET", "/api/x"));
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 502, code: "http_502" });
    expect(error.message).toMatch(/^[A-Z].*\.$/);
  });

  it("calls a lost connection offline", async () => {
    serve(new TypeError("Failed to fetch"));
    expect(await failure(request("GET", "/api/x"))).toMatchObject({ status: 0, code: "offline" });
  });

  it("calls an answer that never came a timeout", async () => {
    serve(new DOMException("timed out", "TimeoutError"));
    expect(await failure(request("GET", "/api/x"))).toMatchObject({ status: 0, code: "timeout" });
  });

  it("passes the caller's own abort through as it is", async () => {
    const abort = new AbortController();
    abort.abort();
    const reason = new DOMException("stopped", "AbortError");
    serve(reason);
    expect(await failure(request("GET", "/api/x", { signal: abort.signal }))).toBe(reason);
  });

  it("says that nobody is signed in, for that code alone", async () => {
    const heard = vi.fn();
    const stop = onSignedOut(heard);
    serve(
      json({ code: "wrong_passcode" }, 401),
      json({ code: "not_signed_in" }, 401),
      json({}, 401),
    );
    await failure(request("POST", "/api/login"));
    expect(heard).not.toHaveBeenCalled();
    await failure(request("GET", "/api/threads"));
    expect(heard).toHaveBeenCalledTimes(1);
    await failure(request("GET", "/api/threads"));
    stop();
    expect(heard).toHaveBeenCalledTimes(1);
  });
});

describe("rawFetch", () => {
  it("hands over the response unread, and throws what is not 2xx", async () => {
    serve(new Response("data: x\n\n"), json({ code: "overloaded", detail: "Full." }, 503));
    await expect((await rawFetch("/api/chat")).text()).resolves.toBe("data: x\n\n");
    expect(await failure(rawFetch("/api/chat"))).toMatchObject({ code: "overloaded" });
  });
});

describe("in a frame", () => {
  it("asks for the frame's cookie, and sends no token where there is none", async () => {
    setEmbedContext(true);
    const sent = serve(json({}));
    await request("GET", "/api/session");
    expect(sent[0]?.headers.get("x-so-context")).toBe("embed");
    expect(sent[0]?.headers.has("authorization")).toBe(false);
  });

  it("reaches an API on another origin with credentials and the frame's cookie", async () => {
    setBaseUrl("https://api.example/");
    const sent = serve(json({}));
    await request("GET", "/api/session");
    expect(sent[0]?.url).toBe("https://api.example/api/session");
    expect(sent[0]?.init.credentials).toBe("include");
    expect(sent[0]?.headers.get("x-so-context")).toBe("embed");
  });

  it("never sends a token outside that context", async () => {
    setBearerToken("t");
    const sent = serve(json({}));
    await request("GET", "/api/session");
    expect(sent[0]?.headers.has("authorization")).toBe(false);
  });
});

describe("signing in", () => {
  const session = { signed_in: true, token: "tok" };

  it("leaves the token unused when the cookie is there", async () => {
    setEmbedContext(true);
    const sent = serve(json(session), json({ signed_in: true }));
    const answer = await signIn({ passcode: "p" });
    expect(answer).not.toHaveProperty("token");
    expect(sent[1]?.headers.has("authorization")).toBe(false);
    expect(bearerToken()).toBeNull();
  });

  it.each([
    ["was not kept", json({ signed_in: false })],
    ["cannot be told", new TypeError("Failed to fetch")],
  ])("uses the token when the cookie %s, after a reload too", async (_what, look) => {
    setEmbedContext(true);
    const sent = serve(json(session), look, json({}));
    await signIn({ client_secret: "s" });
    expect(sessionStorage.getItem("so.token")).toBe("tok");
    await request("GET", "/api/threads");
    expect(sent[2]?.headers.get("authorization")).toBe("Bearer tok");
  });

  it("keeps no token on a page of our own", async () => {
    serve(json(session));
    await signIn({ passcode: "p" });
    expect(sessionStorage.length).toBe(0);
  });

  it("lives without storage", async () => {
    setEmbedContext(true);
    vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
      throw new DOMException("denied", "SecurityError");
    });
    const sent = serve(json(session), json({ signed_in: false }), json({}));
    await signIn({ passcode: "p" });
    await request("GET", "/api/threads");
    expect(sent[2]?.headers.get("authorization")).toBe("Bearer tok");
  });
});
