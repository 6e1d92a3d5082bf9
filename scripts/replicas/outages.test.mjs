// Redis and Postgres restart or hang during a run: requests get 503 with Retry-After, and the run
// goes on.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { startStack } from "../stack.mjs";
import { Visitor } from "./visitor.mjs";

/** How long a store hangs, in ms: longer than a run's lease. */
const hang = Number(process.env.REPLICA_PAUSE ?? 8) * 1_000;

let stack, visitor;
before(async () => {
  stack = await startStack({ replicas: 2, stores: true });
  visitor = new Visitor(stack.appOrigin);
  await visitor.signIn(stack);
});
after(() => stack.stop());

/** While `name` is down, requests get 503 with Retry-After in time, and `/ready` names it. */
async function assertAway(name) {
  const asked = Date.now();
  const refused = await visitor.ask("GET", "/api/threads");
  assert.equal(refused.status, 503);
  assert(Number(refused.headers.get("retry-after")) > 0);
  assert(Date.now() - asked < 10_000, `refused after ${Date.now() - asked} ms`);
  for (const api of stack.apis) {
    const ready = await visitor.at(api.url).ask("GET", "/ready");
    assert.equal(ready.status, 503);
    assert.equal((await ready.json()).detail, `Not reachable: ${name}.`);
  }
}

/** Starts a run, does `harm` during it, and expects it to complete in full. */
async function throughRun(t, harm) {
  const reader = visitor.chat({ message: "[[pace:40]]long 100" });
  for (let n = 0; n < 20; n += 1) await reader.until((event) => event.delta);
  const reading = reader.rest();
  await harm();
  await reading;
  assert.equal(reader.done.status, "completed", JSON.stringify(reader.events.slice(-2)));
  for (let n = 1; n <= 100; n += 1) assert.match(reader.text, new RegExp(`-${n}\\b`));
  const { messages, active_run_id } = await visitor.get(`/api/threads/${reader.thread}`);
  assert.equal(messages[1].content, reader.text);
  assert.equal(messages[1].status, "complete");
  assert.equal(active_run_id, null);
  t.diagnostic(`connections that the reader lost or was refused: ${reader.lost}`);
  for (const api of stack.apis) assert.equal((await visitor.at(api.url).get("/ready")).status, "ok");
  const more = visitor.chat({ message: "[[pace:1]]hello", thread_id: reader.thread });
  assert.equal((await more.rest()).done.status, "completed");
}

test("Redis restarts during a run", (t) =>
  throughRun(t, async () => {
    await stack.redis.kill("SIGKILL");
    await assertAway("redis");
    await stack.redis.start();
  }));

test(`Redis hangs for ${hang / 1_000} s during a run`, (t) =>
  throughRun(t, async () => {
    stack.redis.kill("SIGSTOP");
    try {
      // pause: the length of the outage
      await Promise.all([pause(hang), assertAway("redis")]);
    } finally {
      stack.redis.kill("SIGCONT");
    }
  }));

test("Postgres restarts during a run", (t) =>
  throughRun(t, async () => {
    await stack.postgres.kill("SIGQUIT");
    await assertAway("postgres");
    // pause: the outage, longer than text waits to be stored
    await pause(2_000);
    await stack.postgres.start();
  }));

test(`Postgres hangs for ${hang / 1_000} s during a run`, (t) =>
  throughRun(t, async () => {
    stack.postgres.signalAll("SIGSTOP");
    try {
      // pause: the length of the outage
      await Promise.all([pause(hang), assertAway("postgres")]);
    } finally {
      stack.postgres.signalAll("SIGCONT");
    }
  }));

test("no process crashed", async () => {
  assert.equal(await Promise.race([stack.crashed, "none"]), "none");
});
