// Replicas are killed, stopped and started again. Everything acknowledged stays, and everything that
// failed succeeds on retry.
import assert from "node:assert/strict";
import { randomBytes, randomInt } from "node:crypto";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { eventually } from "../lib/eventually.mjs";
import { startStack } from "../stack.mjs";
import { retried, textOf, Visitor } from "./visitor.mjs";

const runs = Number(process.env.REPLICA_RUNS ?? 30);
const sessions = Number(process.env.REPLICA_SESSIONS ?? 1_000);
/** Visitors who chat at the same time while replicas are killed. */
const chatting = 6;

let stack, a, b;
before(async () => {
  stack = await startStack({ replicas: 2, stores: true });
  [a, b] = stack.apis;
});
after(() => stack.stop());

test("a run whose replica is killed ends for its reader on another replica and keeps its text", async (t) => {
  const atA = new Visitor(a.url);
  await atA.signIn(stack);
  const atB = atA.at(b.url);
  const writer = atA.chat({ message: "[[pace:50]]long 2000" });
  await writer.until((event) => event.delta);
  const reader = atB.follow(writer.run);
  for (let n = 0; n < 60; n += 1) await reader.until((event) => event.delta);

  const killed = Date.now();
  await a.kill("SIGKILL");
  await reader.rest();
  const took = Date.now() - killed;
  t.diagnostic(`from kill -9 to done: ${took} ms`);
  assert(took < 15_000, `${took} ms`);
  const [error, done] = reader.events.slice(-2);
  assert.equal(error.code, "run_lost");
  assert.deepEqual([done.type, done.status], ["done", "failed"]);

  const path = `/api/threads/${reader.thread}`;
  const { messages, active_run_id } = await atB.get(path);
  assert.equal(active_run_id, null);
  assert.equal(messages[1].status, "failed");
  assert.equal(messages[1].error.code, "run_lost");
  assert(reader.text.startsWith(messages[1].content));
  // The text is stored every second; allow this machine one second more.
  const due = textOf(reader.events.filter((_, index) => reader.times[index] < killed - 2_000));
  assert(due.length > 0 && messages[1].content.length >= due.length);

  const next = await atB.chat({ message: "[[pace:1]]hello", thread_id: reader.thread }).rest();
  assert.equal(next.done.status, "completed");
  await a.start();
});

test("a message stored by a killed replica is announced by another and not stored twice", async () => {
  const visitor = new Visitor(a.url);
  await visitor.signIn(stack);
  const mark = randomBytes(6).toString("hex");
  stack.postgres.signalAll("SIGSTOP");
  const reader = visitor.chat({ message: `[[pace:1]]Tell me about ${mark}` });
  const first = reader.until(() => true);
  const isKept = async () => (await stack.redis.snapshot()).includes(reader.key);
  await eventually("Redis holds the run", isKept);
  stack.redis.kill("SIGSTOP");
  stack.postgres.signalAll("SIGCONT");
  await eventually("Postgres holds the message", () => stack.postgres.dump().includes(mark));
  await a.kill("SIGKILL");
  stack.redis.kill("SIGCONT");
  visitor.origin = b.url;

  assert.equal((await first).type, "user_message");
  await reader.rest();
  assert.deepEqual(reader.events.map(({ type }) => type), ["user_message", "error", "done"]);
  const threads = await visitor.threads();
  assert.equal(threads.length, 1);
  assert.deepEqual(threads[0].messages.map(({ role }) => role), ["user", "assistant"]);
  assert.equal(threads[0].messages[0].id, reader.events[0].message.id);
  await a.start();
});

/** Kills and restarts replicas until `over` is aborted. */
async function killAtRandom(over) {
  let kills = 0;
  while (!over.aborted) {
    // pause: until the next kill; the first comes early, since a fast machine is done in seconds
    await pause(randomInt(500, kills === 0 ? 1_500 : 8_000), null, { signal: over }).catch(() => {});
    if (over.aborted) break;
    const one = stack.apis[randomInt(stack.apis.length)];
    await one.kill("SIGKILL");
    kills += 1;
    // pause: the outage of one replica, which may outlast the lease of its runs
    await pause(randomInt(100, 1_000));
    await one.start();
  }
  return kills;
}

/** Chats `count` times, and records everything the server acknowledged. */
async function chatOn(count, tally) {
  const visitor = new Visitor(stack.appOrigin);
  await retried(() => visitor.signIn(stack));
  const [messages, notes] = [new Map(), new Map()];
  let thread;
  for (let n = 0; n < count; n += 1) {
    const mark = randomBytes(6).toString("hex");
    const message =
      n % 2 === 0
        ? `[[pace:15]]Please keep a note called item-${mark}: Value ${mark}`
        : `[[pace:15]]Tell me about ${mark}`;
    const reader = visitor.chat({ message, ...(thread && n % 5 ? { thread_id: thread } : {}) });
    await reader.rest();
    tally.lost += reader.lost;
    const [first] = reader.events;
    if (first.type !== "user_message") {
      // The message was not accepted: nothing was acknowledged.
      assert.equal(first.code, "run_lost");
      tally.refused += 1;
      n -= 1;
      continue;
    }
    thread = reader.thread;
    messages.set(first.message.id, { reader, content: message });
    for (const event of reader.events) {
      if (event.type !== "tool_result" || event.tool !== "save_note") continue;
      assert.equal(event.is_error, false);
      notes.set(event.result.title, mark);
    }
    tally[reader.done.status] += 1;
    if (reader.done.status !== "completed") {
      assert.equal(reader.events.at(-2).code, "run_lost", JSON.stringify(reader.events.at(-2)));
    }
  }
  return { visitor, messages, notes };
}

/** Asserts that everything acknowledged is there, once and unchanged. */
async function assertKept({ visitor, messages, notes }) {
  const threads = await visitor.threads();
  const told = threads.flatMap((thread) => thread.messages.filter(({ role }) => role === "user"));
  assert.equal(new Set(told.map(({ content }) => content)).size, told.length, "none is doubled");
  for (const [id, { reader, content }] of messages) {
    const thread = threads.find((one) => one.id === reader.thread);
    assert.equal(thread?.active_run_id, null);
    const at = thread.messages.findIndex((message) => message.id === id);
    assert.equal(thread.messages[at]?.content, content);
    const rest = thread.messages.slice(at + 1);
    const next = rest.findIndex(({ role }) => role === "user");
    const kept = rest.slice(0, next < 0 ? rest.length : next).map((one) => one.content).join("");
    if (reader.done.status === "completed") assert.equal(kept, reader.text);
    else assert(reader.text.startsWith(kept), `${kept}\n${reader.text}`);
  }
  const saved = new Map((await visitor.get("/api/notes")).items.map((one) => [one.title, one]));
  for (const [title, mark] of notes) assert.match(saved.get(title)?.preview ?? "", new RegExp(mark));
  assert.equal(saved.size >= notes.size, true);
}

test(`${runs} runs with random kills lose no acknowledged message or note`, async (t) => {
  const over = new AbortController();
  const killer = killAtRandom(over.signal);
  const tally = { completed: 0, failed: 0, cancelled: 0, refused: 0, lost: 0 };
  const each = Math.ceil(runs / chatting);
  const began = Date.now();
  let all;
  try {
    all = await Promise.all(Array.from({ length: chatting }, () => chatOn(each, tally)));
  } finally {
    over.abort();
    tally.kills = await killer;
  }
  tally.messages = all.reduce((sum, { messages }) => sum + messages.size, 0);
  tally.notes = all.reduce((sum, { notes }) => sum + notes.size, 0);
  t.diagnostic(`${JSON.stringify(tally)} in ${Math.round((Date.now() - began) / 1_000)} s`);
  assert.equal(tally.messages, each * chatting);
  assert(tally.kills > 0 && tally.notes > 0 && tally.completed > 0);
  await Promise.all(all.map(assertKept));
});

test(`with ${sessions} sessions live, a replica restarts and every request succeeds on retry`, async (t) => {
  const tally = { requests: 0, tried_again: 0, chats: 0, chats_sent_again: 0 };
  const again = () => {
    tally.tried_again += 1;
  };
  /** Does `work` with each visitor, `width` at a time. */
  const each = async (visitors, width, work) => {
    const waiting = visitors.entries();
    const worker = async () => {
      for (const [index, visitor] of waiting) await work(visitor, index);
    };
    await Promise.all(Array.from({ length: width }, worker));
  };
  const request = (visitor, path) => {
    tally.requests += 1;
    return retried(() => visitor.json("GET", path), again);
  };
  const chat = async (visitor) => {
    for (;;) {
      tally.chats += 1;
      const { events, done } = await visitor.chat({ message: "[[pace:5]]hello" }).rest();
      if (done.status === "completed") return;
      // A stopping replica ends its runs as retryable.
      assert.equal(events.at(-2).retryable, true);
      tally.chats_sent_again += 1;
    }
  };

  const everybody = Array.from({ length: sessions }, () => new Visitor(stack.appOrigin));
  await each(everybody, 20, (visitor, index) =>
    visitor.signIn({ passcode: stack.passcode, apiKey: index % 50 === 0 ? stack.apiKey : null }),
  );

  let moving = true;
  const replicas = (async () => {
    await a.stop();
    // pause: the outage of one replica
    await pause(1_000);
    await a.start();
    await b.kill("SIGKILL");
    // pause: the outage of the other
    await pause(1_000);
    await b.start();
    moving = false;
  })();
  const askAll = () =>
    each(everybody, 10, async (visitor, index) => {
      assert.equal((await request(visitor, "/api/session")).signed_in, true);
      if (index % 50 === 0) await chat(visitor);
    });
  const busy = async () => {
    while (moving) await askAll();
  };
  await Promise.all([replicas, busy()]);
  await askAll();
  await each(everybody.filter((_, index) => index % 50 === 0), 10, async (visitor) => {
    for (const thread of await visitor.threads()) assert.equal(thread.active_run_id, null);
  });
  t.diagnostic(JSON.stringify(tally));
  // Retries are counted but not required: nginx already asks the other replica.
  assert(tally.requests >= 2 * sessions);
});
