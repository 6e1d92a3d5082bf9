// Kills processes while they make calls that visitors have allowed. The plant shop counts
// cancellations by order number: none happens twice, and each thread says whether its call was made
// or that the outcome is unknown.
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { eventually } from "../lib/eventually.mjs";
import { startStack } from "../stack.mjs";
import { Visitor } from "./visitor.mjs";

/** Half of them in each shape. */
const runs = Number(process.env.CALL_RUNS ?? 10);
/** Concurrent runs at a kill; an owner may have eight. */
const atOnce = 20;
const threadsOfVisitor = 5;
/** The duration of a call. Resumes and kills are spread so that kills hit each stage of a run. */
const shopPause = 60;
const spread = 400;

let lastOrder = 1_999;

/** Has the Clerk ask for permission to cancel an order. */
async function askToCancel(visitor) {
  lastOrder += 1;
  const order = `${lastOrder}`;
  const message = `[[pace:0]]Please cancel order ${order}`;
  const { done, thread } = await visitor.chat({ message }).rest();
  assert.equal(done.status, "interrupted");
  return { visitor, order, thread, interrupt: done.interrupts[0] };
}

/** Allows the call, and reads the run to its end across the kill. */
async function allow({ visitor, thread, interrupt }) {
  // pause: spreads the runs over time
  await pause(randomInt(spread));
  const answer = { interrupt_id: interrupt.id, status: "resolved", payload: { approved: true } };
  const resumed = visitor.chat({ thread_id: thread, resume: [answer] });
  return resumed.rest();
}

async function countsAtShop(stack) {
  return (await fetch(`${stack.shop.url}/calls`)).json();
}

async function callsAtShop(stack, order) {
  return (await countsAtShop(stack))[`cancel_order {"order":"${order}"}`] ?? 0;
}

/** Kills the process among the calls: a moment after the first ones. */
async function killAmong(stack, count) {
  const before = Object.keys(await countsAtShop(stack)).length;
  const after = before + randomInt(count);
  const have = async () => Object.keys(await countsAtShop(stack)).length >= after;
  await eventually(`${after} calls`, have, { every: 1 });
  // pause: the kill should not immediately follow a call
  await pause(randomInt(shopPause));
  await stack.apis[0].kill("SIGKILL");
}

/** Asserts that a call was made at most once, and that the thread reports what is known. */
async function assertTold(stack, { visitor, order, thread, interrupt }, reader, tally) {
  const calls = await callsAtShop(stack, order);
  assert(calls <= 1, `order ${order} was cancelled ${calls} times`);
  const { messages, interrupts, active_run_id } = await visitor.get(`/api/threads/${thread}`);
  assert.deepEqual(interrupts, []);
  assert.equal(active_run_id, null);
  const call = messages.flatMap((one) => one.tool_calls).find((one) => one.id === interrupt.tool_call_id);
  const result = JSON.stringify(call.result);
  const last = messages.at(-1);
  if (last.status === "complete") {
    assert.equal(calls, 1);
    assert(reader.isGone || reader.done.status === "completed");
    tally.completed += 1;
  } else {
    assert.equal(last.error.code, "run_lost");
    // A log in memory is gone, so its reader learns that nothing is left.
    assert(reader.isGone || reader.done.status === "failed");
    const isKnown = !result.includes("unknown whether it was done");
    if (isKnown) assert.equal(calls, 1, result);
    else assert.equal(call.is_error, true);
    tally[isKnown ? "lost_after_result" : calls ? "lost_during_call" : "lost_before_call"] += 1;
  }
  const next = await visitor.chat({ message: "[[pace:0]]hello", thread_id: thread }).rest();
  assert.equal(next.done.status, "completed");
  assert.equal(await callsAtShop(stack, order), calls);
}

/** Allows several waiting calls at about the same time, and kills the process. */
async function round(stack, count, tally) {
  const visitors = [];
  for (let n = 0; n < count; n += threadsOfVisitor) {
    const visitor = new Visitor(stack.apis[0].url);
    await visitor.signIn(stack);
    visitors.push(visitor);
  }
  const asked = await Promise.all(
    Array.from({ length: count }, (_, n) => askToCancel(visitors[n % visitors.length])),
  );
  const resumed = asked.map(allow);
  await killAmong(stack, count);
  await stack.apis[0].start();
  const readers = await Promise.all(resumed);
  for (const [n, one] of asked.entries()) await assertTold(stack, one, readers[n], tally);
}

for (const [shape, stores] of [
  ["SQLite", { sqlite: true }],
  ["Redis and Postgres", { stores: true }],
]) {
  test(`no call runs twice when its process is killed, with ${shape}`, async (t) => {
    const stack = await startStack({ shop: true, shopPause, ...stores });
    const tally = { completed: 0, lost_before_call: 0, lost_during_call: 0, lost_after_result: 0 };
    try {
      const count = Math.ceil(runs / 2);
      for (let left = count; left > 0; left -= atOnce) await round(stack, Math.min(left, atOnce), tally);
    } finally {
      await stack.stop();
    }
    t.diagnostic(JSON.stringify(tally));
    if (runs >= 100) assert(tally.lost_during_call > 0, "kills met calls");
  });
}
