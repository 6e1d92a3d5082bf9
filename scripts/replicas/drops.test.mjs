// Clients break their connection to nginx during a write, with a slow network before Postgres, with
// and without PgBouncer: nothing acknowledged is undone, and no connection is left in a transaction.
// `REPLICA_DROPS` is the number of calls.
import assert from "node:assert/strict";
import { test } from "node:test";

import { hasPgBouncer, startPgBouncer } from "../lib/pgbouncer.mjs";
import { startSlowProxy } from "../lib/slow-proxy.mjs";
import { startStack } from "../stack.mjs";
import { retried, Visitor } from "./visitor.mjs";

const visitors = 8;
/** Threads of each visitor: two calls per thread are dropped. */
const threads = Math.ceil(Number(process.env.REPLICA_DROPS ?? 112) / visitors / 2);
/** In ms, each way between the API and Postgres. */
const delay = 2;

/** Two replicas behind nginx, and before Postgres the slow network, and PgBouncer if asked for. */
async function startChain(withPgBouncer) {
  const between = [];
  const stack = await startStack({
    stores: true,
    replicas: 2,
    beforePostgres: async (postgres) => {
      const bouncer = withPgBouncer ? await startPgBouncer(postgres) : null;
      const proxy = await startSlowProxy(bouncer?.socket ?? postgres, delay);
      between.push(proxy, ...(bouncer ? [bouncer] : []));
      return `postgres://postgres@127.0.0.1:${proxy.port}/postgres?sslmode=disable`;
    },
  });
  const stop = async () => {
    await stack.stop();
    await Promise.all(between.map((part) => part.stop()));
  };
  return { stack, stop };
}

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

async function lane(stack) {
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

async function dropCalls(t, stack) {
  const lanes = await Promise.all(Array.from({ length: visitors }, () => lane(stack)));
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
}

for (const [name, withPgBouncer] of [
  ["dropped calls undo nothing that was acknowledged", false],
  ["dropped calls behind nginx and PgBouncer undo nothing that was acknowledged", true],
]) {
  const skip = withPgBouncer && !hasPgBouncer ? "PgBouncer is not installed" : false;
  test(name, { skip }, async (t) => {
    const { stack, stop } = await startChain(withPgBouncer);
    try {
      await dropCalls(t, stack);
    } finally {
      await stop();
    }
  });
}
