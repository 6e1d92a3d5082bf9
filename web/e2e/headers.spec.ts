// The headers of each kind of document on the wire, as nginx.conf promises them to browsers and
// embedding pages.
import { request } from "node:http";
import { expect, type Stack, startStack, test } from "./support/stack";

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** By hand, so that no client adds, merges or follows headers. */
function ask(
  origin: string,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { body, ...rest } = options;
    const sent = request(`${origin}${path}`, rest, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (chunk) => {
        text += chunk;
      });
      answer.on("end", () =>
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text }),
      );
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

const policy = (ancestors: string, origins = "") =>
  `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self' ${origins}; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors ${ancestors}`;

const pages = ["/", "/login", "/settings", "/chat", "/chat/some-thread"];

for (const path of pages) {
  test(`${path} is our page: not to be framed, not to be kept`, async ({ stack }) => {
    const { status, headers, body } = await ask(stack.appOrigin, path);
    expect(status).toBe(200);
    expect(body).toContain("<!doctype html>");
    expect(headers).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": policy("'none'"),
      "cache-control": "no-cache",
      "x-content-type-options": "nosniff",
      "referrer-policy": "same-origin",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-resource-policy": "same-origin",
      "permissions-policy": expect.stringContaining("clipboard-write=(self)"),
    });
    expect(headers.server).toBe("nginx");
    expect(headers["cross-origin-embedder-policy"]).toBeUndefined();
    expect(headers["access-control-allow-origin"]).toBeUndefined();
    expect(headers["strict-transport-security"]).toBeUndefined();
  });

  test(`${path} asked for with embed=1 may be framed`, async ({ stack }) => {
    const { headers } = await ask(stack.appOrigin, `${path}?site=customer-prod&embed=1`);
    expect(headers["content-security-policy"]).toBe(policy("*"));
    expect(headers["cross-origin-opener-policy"]).toBeUndefined();
    expect(headers).toMatchObject({
      "cross-origin-embedder-policy": "require-corp",
      "cross-origin-resource-policy": "cross-origin",
    });
  });
}

// The app reads the first `embed` of the query, decoded; nginx must do the same.
const notEmbedded = [
  "?embed=0&embed=1",
  "?EMBED=1",
  "?embed=",
  "?embed=11",
  "?xembed=1",
  "?embed&embed=1",
  "?%65mbed=0&embed=1",
  "?site=embed=1",
  "?x=%26embed=1",
];
for (const query of notEmbedded) {
  test(`/chat${query} may not be framed`, async ({ stack }) => {
    const { headers } = await ask(stack.appOrigin, `/chat${query}`);
    expect(headers["content-security-policy"]).toBe(policy("'none'"));
  });
}

test("hashed assets are cached forever, and missing ones are not", async ({ stack }) => {
  const { body } = await ask(stack.appOrigin, "/");
  const assets = [...body.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path);
  expect(assets.length).toBeGreaterThan(1);
  for (const path of assets) {
    const { status, headers } = await ask(stack.appOrigin, path as string);
    expect(status).toBe(200);
    expect(headers["cache-control"]).toBe("public, max-age=31536000, immutable");
    expect(headers["content-type"]).toMatch(/^text\/(javascript|css); charset=utf-8$/);
    expect(headers["x-content-type-options"]).toBe("nosniff");
  }
  const missing = await ask(stack.appOrigin, "/assets/nothing-0000.js");
  expect(missing.status).toBe(404);
  expect(missing.headers["cache-control"]).toBeUndefined();
});

test("the page brings no inline script or style of its own", async ({ stack }) => {
  const { body } = await ask(stack.appOrigin, "/");
  expect(body).not.toMatch(/<script(?![^>]*\bsrc=)/i);
  expect(body).not.toMatch(/<style|\sstyle=|\son\w+=/i);
});

test("scripts are compressed on their way, event streams and answers are not", async ({
  stack,
}) => {
  const accept = { "accept-encoding": "gzip" };
  const { body } = await ask(stack.appOrigin, "/");
  const script = /src="(\/assets\/[^"]+\.js)"/.exec(body)?.[1] as string;
  const asset = await ask(stack.appOrigin, script, { headers: accept });
  expect(asset.headers["content-encoding"]).toBe("gzip");
  expect(asset.headers.vary).toMatch(/accept-encoding/i);
  const smaller = await ask(stack.appOrigin, script, {
    headers: { "accept-encoding": "gzip, br" },
  });
  expect(smaller.headers["content-encoding"]).toBe("br");
  expect(smaller.headers["content-type"]).toBe("text/javascript; charset=utf-8");
  expect(smaller.headers.vary).toMatch(/accept-encoding/i);
  const session = await ask(stack.appOrigin, "/api/session", { headers: accept });
  expect(session.headers["content-encoding"]).toBeUndefined();
});

test("the loader can be fetched by any page, for a short while", async ({ stack }) => {
  const { status, headers } = await ask(stack.appOrigin, "/embed/smoothoperator.js");
  expect(status).toBe(200);
  expect(headers).toMatchObject({
    "content-type": "text/javascript; charset=utf-8",
    "cache-control": "public, max-age=300",
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",
  });
});

test("its pinned copy is cached forever", async ({ stack }) => {
  const { body } = await ask(stack.appOrigin, "/embed/sri.json");
  const name = /smoothoperator\.[\w-]+\.js/.exec(body)?.[0];
  const { status, headers } = await ask(stack.appOrigin, `/embed/${name}`);
  expect(status).toBe(200);
  expect(headers).toMatchObject({
    "cache-control": "public, max-age=31536000, immutable",
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",
  });
});

test("the API's answers stay out of caches and frames", async ({ stack }) => {
  const { status, headers } = await ask(stack.appOrigin, "/api/session");
  expect(status).toBe(200);
  expect(headers).toMatchObject({
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "x-request-id": expect.stringMatching(/./),
  });
  expect(headers["content-security-policy"]).toContain("frame-ancestors 'none'");
  expect(headers["access-control-allow-origin"]).toBeUndefined();
});

test("behind TLS the browser is told to stay with it", async ({ stack }) => {
  const { headers } = await ask(stack.appOrigin, "/login", {
    headers: { "x-forwarded-proto": "https" },
  });
  expect(headers["strict-transport-security"]).toBe("max-age=31536000");
});

test("/health, /ready and /openapi.json come from the API, /metrics does not", async ({
  stack,
}) => {
  for (const path of ["/health", "/ready", "/openapi.json"]) {
    const { status, headers } = await ask(stack.appOrigin, path);
    expect(status, path).toBe(200);
    expect(headers["content-type"], path).toMatch(/json/);
  }
  const metrics = await ask(stack.appOrigin, "/metrics");
  expect(metrics.status).toBe(404);
  expect(metrics.body).not.toContain("# TYPE");
});

test("a body too large for nginx is refused in the API's words", async ({ stack }) => {
  const { status, headers, body } = await ask(stack.appOrigin, "/api/chat", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: `{"message":"${"x".repeat(1_100_000)}"}`,
  });
  expect(status).toBe(413);
  expect(headers["content-type"]).toBe("application/problem+json");
  expect(JSON.parse(body)).toMatchObject({ status: 413, code: "payload_too_large" });
});

test.describe("with its own variables", () => {
  let own: Stack;
  test.beforeAll(async () => {
    own = await startStack({
      nginx: {
        API_ORIGINS: "https://api.example https://other.example:8443",
        EMBED_ANCESTORS: "'self' https://customer.example",
      },
    });
  });
  test.afterAll(() => own.stop());

  test("one list makes /config.json and connect-src", async ({ stack }) => {
    const config = await ask(own.appOrigin, "/config.json");
    expect(config.headers["cache-control"]).toBe("no-cache");
    expect(JSON.parse(config.body)).toEqual({
      apiOrigins: ["https://api.example", "https://other.example:8443"],
    });
    const page = await ask(own.appOrigin, "/chat?embed=1");
    expect(page.headers["content-security-policy"]).toBe(
      policy("'self' https://customer.example", "https://api.example https://other.example:8443"),
    );
    const none = await ask(stack.appOrigin, "/config.json");
    expect(JSON.parse(none.body)).toEqual({ apiOrigins: [] });
  });

  test("an API that is away is reported in its own words, and is found when back", async () => {
    const [api] = own.apis;
    await api?.stop();
    const away = await ask(own.appOrigin, "/api/session");
    expect(away.status).toBe(503);
    expect(away.headers["retry-after"]).toBe("3");
    expect(away.headers["content-type"]).toBe("application/problem+json");
    const problem = JSON.parse(away.body);
    expect(problem).toMatchObject({ status: 503, code: "overloaded" });
    expect(problem.request_id).toBe(away.headers["x-request-id"]);
    await api?.start();
    const back = await ask(own.appOrigin, "/api/session");
    expect(back.status).toBe(200);
  });
});
