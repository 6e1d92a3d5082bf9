// A visitor without a browser: opens the page of a deployment, signs in, saves a key and has a note
// saved. Returns a sentence for each check that passed, and throws at the first that did not.

import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";

/** Leaves the body compressed; fetch would decompress it. */
function raw(url, headers) {
  return new Promise((resolve, reject) => {
    request(url, { headers }, (response) => {
      let bytes = 0;
      response.on("data", (chunk) => {
        bytes += chunk.length;
      });
      response.on("end", () => resolve({ headers: response.headers, bytes }));
    })
      .on("error", reject)
      .end();
  });
}

async function post(origin, path, body, cookie) {
  const headers = { "content-type": "application/json", origin, ...(cookie ? { cookie } : {}) };
  const response = await fetch(`${origin}${path}`, {
    method: "POST",
    headers,
    body: JSON.stringify(body),
  });
  return { response, text: await response.text() };
}

/** Signs in and saves a key; returns a visitor whose `chat` sends a message and reads the whole answer. */
export async function signIn(origin, passcode, apiKey) {
  const right = await post(origin, "/api/login", { passcode });
  assert.equal(right.response.status, 200, right.text);
  const cookies = right.response.headers.getSetCookie().map((cookie) => cookie.split(";")[0]);
  const cookie = cookies.join("; ");
  const settings = await post(origin, "/api/settings", { api_key: apiKey }, cookie);
  assert.equal(settings.response.status, 200, settings.text);
  return {
    async chat(message, thread) {
      const body = { message, ...(thread ? { thread_id: thread } : {}) };
      const { response, text } = await post(origin, "/api/chat", body, cookie);
      assert.equal(response.status, 200, text);
      return text;
    },
  };
}

export async function visit(origin, passcode, web) {
  const seen = [];

  const page = await fetch(`${origin}/login`);
  assert.equal(page.status, 200);
  assert.match(page.headers.get("content-security-policy"), /frame-ancestors 'none'/);
  assert.equal(page.headers.get("cache-control"), "no-cache");
  seen.push("the page has its Content-Security-Policy and is revalidated each time");

  const script = /src="(\/assets\/[^"]+\.js)"/.exec(await page.text())?.[1];
  assert.ok(script, "the page names its script");
  const size = (end) => statSync(join(web.root, web.env.WEB_ROOT, `${script}${end}`)).size;
  for (const [accepted, encoding, end] of [
    ["gzip, deflate, br, zstd", "br", ".br"],
    ["gzip, br;q=0", "gzip", ".gz"],
    ["gzip", "gzip", ".gz"],
    ["identity", undefined, ""],
  ]) {
    const sent = await raw(`${origin}${script}`, { "accept-encoding": accepted });
    assert.equal(sent.headers["content-encoding"], encoding, accepted);
    assert.equal(sent.bytes, size(end), accepted);
    assert.equal(sent.headers["content-type"], "text/javascript; charset=utf-8");
    assert.match(sent.headers.vary, /^accept-encoding$/i, accepted);
    assert.match(sent.headers["cache-control"], /immutable/);
  }
  seen.push("its script is served precompressed by brotli or gzip, and cached forever");

  const wrong = await post(origin, "/api/login", { passcode: "wrong" });
  assert.equal(wrong.response.status, 401, wrong.text);
  const visitor = await signIn(origin, passcode, "sk-test-image");
  seen.push("the right passcode signs in, a wrong one does not");

  const answer = await visitor.chat("Please keep a note that the demo is on Friday");
  assert.match(answer, /"tool":"save_note"/);
  assert.match(answer, /"type":"done","status":"completed"/);
  seen.push("a message is answered, and its note saved");

  const metrics = await fetch(`${origin}/metrics`);
  assert.equal(metrics.status, 404);
  seen.push("/metrics is not public");
  return seen;
}
