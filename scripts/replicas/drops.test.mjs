// Clients break their connection to nginx during a write, with a slow network before Postgres:
// nothing acknowledged is undone, and no connection is left in a transaction.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startSlowProxy } from "../lib/slow-proxy.mjs";
import { startStack } from "../stack.mjs";
import { retried, Visitor } from "./visitor.mjs";

const visitors = 8;
/** Threads of each visitor: two calls per thread are dropped. */
const threads = Math.ceil(Number(process.env.REPLICA_DROPS ?? 200) / visitors / 2);
/** In ms, each way between the API and Postgres. */
const delay = 2;

let stack, proxy;
before(async () => {
  stack = await startStack({
    stores: true,
    replicas: 2,
    beforePostgres: async (socket) => {
      proxy = await startSlowProxy(socket, delay);
      return `postgres://postgres@127.0.0.1:${proxy.port}/postgres?sslmode=disable`;
    },
  });
});
after(async () => {
  await stack?.stop();
  proxy?.stop();
});

/**
 * Sends a request and disconnects within twice the usual time of such a call; returns whether it
 * was acknowledged before.
 */
async function dropped(visitor, usual, method, path, body) {
  const gone = new AbortController();
  // pause: until the client disconnects
  const timer = setTimeout(() => gone.abort(), Math.random() * 2 * usual);
  try {
    const answer = await visitor.ask(method, path, { body, signal: gone.signal });
    return answer.ok;
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}

async function lane() {
  const visitor = new Visitor(stack.appOrigin);
  await visitor.signIn(stack);
  const told = [];
  /** Duration of a rename while the other lanes work, in ms. */
  let usual = 0;
  for (let n = 0; n < threads; n += 1) {
    const { thread } = await visitor.chat({ message: "[[pace:1]]hello" }).rest();
    const path = `/api/threads/${thread}`;
    const began = performance.now();
    assert((await visitor.ask("PATCH", path, { body: { title: "first" } })).ok);
    usual = performance.now() - began;
    const renamed = await dropped(visitor, usual, "PATCH", path, { title: "renamed" });
    told.push({ path, renamed });
  }
  for (const one of told.slice(0, threads / 2)) {
    one.deleted = await dropped(visitor, usual, "DELETE", one.path);
  }
  for (const one of told.slice(threads / 2)) {
    one.again = await dropped(visitor, usual, "PATCH", one.path, { title: "again" });
  }
  return { visitor, told };
}

test("dropped calls undo nothing that was acknowledged", async (t) => {
  const lanes = await Promise.all(Array.from({ length: visitors }, lane));
  await retried(async () => {
    const open = stack.postgres.query(
      "select count(*) from pg_stat_activity where state like 'idle in transaction%'",
    );
    if (open !== "0") throw Object.assign(new TypeError("open"), { cause: open });
  });
  let acknowledged = 0;
  for (const { visitor, told } of lanes) {
    for (const { path, renamed, deleted, again } of told) {
      acknowledged += [renamed, deleted, again].filter(Boolean).length;
      const found = await visitor.ask("GET", path);
      if (deleted) assert.equal(found.status, 404, "a deleted thread came back");
      if (found.status === 404) continue;
      const { title } = await found.json();
      if (again) assert.equal(title, "again");
      else if (renamed) assert.match(title, /^(renamed|again)$/, "a title was undone");
    }
  }
  const calls = visitors * threads * 2;
  t.diagnostic(`${acknowledged} of ${calls} calls were acknowledged`);
  assert(acknowledged > calls / 10 && acknowledged < calls, `${acknowledged} of ${calls}`);
});
