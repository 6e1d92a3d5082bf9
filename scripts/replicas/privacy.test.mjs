// No store and no log holds a key, passcode or token in clear.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { startStack } from "../stack.mjs";
import { Visitor } from "./visitor.mjs";

let stack;
before(async () => {
  stack = await startStack({ replicas: 2, stores: true, env: { LOG_LEVEL: "trace" } });
});
after(() => stack.stop());

const newKey = () => `sk-test-${randomBytes(12).toString("hex")}`;

/** All files of a folder and its subfolders. */
function allIn(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true });
  return Buffer.concat(
    files.filter((file) => file.isFile()).map((file) => readFileSync(join(file.path, file.name))),
  );
}

/** A secret in every encoding that a database or a log may use. */
function spellings(secret) {
  const bytes = Buffer.from(secret);
  return [secret, bytes.toString("hex"), bytes.toString("base64"), encodeURIComponent(secret)];
}

/** The names of the secrets found in `bytes`. */
function found(secrets, bytes) {
  return [...secrets]
    .filter(([, secret]) => spellings(secret).some((spelling) => bytes.includes(spelling)))
    .map(([name]) => name);
}

/** Uses every kind of secret, and returns them by name. */
async function useEverything() {
  const secrets = new Map([
    ["passcode", stack.passcode],
    ["session secret", stack.apis[0].env.SESSION_SECRET],
    ["site secret", stack.siteSecret],
    ["guess", `guess-${randomBytes(12).toString("hex")}`],
    ["visitor's key", newKey()],
    ["refused key", `sk-bad-${randomBytes(12).toString("hex")}`],
    ["site's key", newKey()],
    ["other site's key", newKey()],
  ]);
  const visitor = new Visitor(stack.appOrigin);
  const guess = visitor.json("POST", "/api/login", { body: { passcode: secrets.get("guess") } });
  await assert.rejects(guess, { status: 401 });
  await visitor.signIn({ passcode: stack.passcode, apiKey: secrets.get("visitor's key") });
  const refused = { body: { api_key: secrets.get("refused key") } };
  await assert.rejects(visitor.json("POST", "/api/settings", refused), { status: 422 });
  for (const [name, value] of visitor.cookies) {
    secrets.set(name, value);
    // A session cookie holds the token before the signature. A visitor's id grants nothing.
    const [token, signature] = value.split(".");
    secrets.set(`${name}, signature`, signature);
    if (name.endsWith("session")) secrets.set(`${name}, token`, token);
  }

  const embedded = new Visitor(stack.appOrigin, { headers: { "x-so-context": "embed" } });
  const { token } = await embedded.signIn(stack);
  secrets.set("bearer token", token);
  const bearer = { headers: { authorization: `Bearer ${token}` } };
  assert.equal((await new Visitor(stack.appOrigin, bearer).get("/api/session")).signed_in, true);

  const backend = { authorization: `Bearer ${stack.siteSecret}` };
  for (const name of ["site", "other site"]) {
    const body = { site_id: "shop", api_key: secrets.get(`${name}'s key`), user_id: name };
    const options = { headers: backend, body };
    const made = await visitor.json("POST", "/api/client-secrets", options);
    secrets.set(`${name}'s client secret`, made.client_secret);
  }
  // One is used, the other stays in the store.
  const guest = new Visitor(stack.appOrigin);
  const body = { client_secret: secrets.get("site's client secret") };
  await guest.json("POST", "/api/login", { body });
  await guest.chat({ message: "[[pace:1]]hello" }).rest();

  const mcp = (await visitor.json("POST", "/api/mcp-tokens")).token;
  secrets.set("MCP token", mcp);
  const params = { name: "save_note", arguments: { title: "By MCP", content: "a-note-by-mcp" } };
  const called = await visitor.json("POST", "/mcp", {
    headers: { authorization: `Bearer ${mcp}`, accept: "application/json, text/event-stream" },
    body: { jsonrpc: "2.0", id: 1, method: "tools/call", params },
  });
  assert.equal(called.error, undefined);
  await visitor.chat({ message: "[[pace:1]]a-message-of-mine" }).rest();
  return secrets;
}

test("what was deleted is nowhere in Redis", async () => {
  const visitor = new Visitor(stack.appOrigin);
  await visitor.signIn(stack);
  const said = `said-${randomBytes(12).toString("hex")}`;
  const ended = visitor.chat({ message: `[[pace:1]]${said}` });
  await ended.rest();
  const live = visitor.chat({ message: `[[pace:100]]long 500 ${said}` });
  await live.until((event) => event.delta);
  const there = await stack.redis.snapshot();
  for (const trace of [said, ended.key, ended.run, live.run]) assert(there.includes(trace), trace);

  await visitor.json("DELETE", "/api/me");
  const gone = await stack.redis.snapshot();
  for (const trace of [said, ended.key, live.key, ended.run]) assert(!gone.includes(trace), trace);
  // Of the run that was live an empty record stays, so that its writer finds it ended.
  await live.rest().catch(() => {});
});

test("no key, passcode or token is in clear in Redis, in Postgres or in a log", async () => {
  const secrets = await useEverything();
  assert.equal(secrets.size, 17);
  for (const [name, secret] of secrets) assert(secret?.length >= 16, name);

  const places = {
    "every key and value of Redis": await stack.redis.snapshot(),
    "all that was ever written to Redis": allIn(join(stack.folder, "redis", "appendonlydir")),
    "Postgres' dump": stack.postgres.dump(),
    "the logs": allIn(stack.logs),
  };
  // The search finds text that is known to be there.
  const there = {
    "every key and value of Redis": ["so:record:session:", "so:run:", "a-message-of-mine"],
    "all that was ever written to Redis": ["so:record:grant:", "a-message-of-mine"],
    "Postgres' dump": ["a-message-of-mine", "a-note-by-mcp"],
    "the logs": ["a wrong guess", "run ended"],
  };
  for (const [place, bytes] of Object.entries(places)) {
    const words = there[place].map((word) => [word, word]);
    assert.deepEqual(found(words, bytes), there[place], place);
    assert.deepEqual(found(secrets, bytes), [], place);
  }
});
