// Any replica serves any request, and stored data outlives all replicas.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { newSecret } from "../lib/secrets.mjs";
import { startStack } from "../stack.mjs";
import { Visitor } from "./visitor.mjs";

let stack, a, b;
before(async () => {
  stack = await startStack({ replicas: 2, stores: true });
  [a, b] = stack.apis;
});
after(() => stack.stop());

async function restartAll(change = {}) {
  for (const api of stack.apis) {
    await api.stop();
    Object.assign(api.env, change);
    await api.start();
  }
}

test("a visitor signed in on A chats on B, and reads on B token by token what A streams", async () => {
  const atA = new Visitor(a.url);
  await atA.signIn(stack);
  const atB = atA.at(b.url);
  assert.equal((await atB.get("/api/session")).has_api_key, true);
  const hello = await atB.chat({ message: "[[pace:1]]hello" }).rest();
  assert.equal(hello.done.status, "completed");

  const writer = atA.chat({ message: "[[pace:30]]long 100" });
  await writer.until((event) => event.delta);
  const reader = atB.follow(writer.run);
  await Promise.all([writer.rest(), reader.rest()]);
  assert.deepEqual(reader.events, writer.events);
  assert.equal(reader.lost, 0);
  assert.match(reader.text, /-100\b/);
  // Token by token: most deltas arrive at different times.
  const deltas = reader.events.filter((event) => event.delta).length;
  const moments = new Set(reader.times).size;
  assert(deltas > 50 && moments > deltas / 2, `${deltas} deltas at ${moments} moments`);

  // Resuming halfway gives the same rest.
  const half = Math.floor(writer.last / 2);
  const later = await atB.follow(writer.run, half).rest();
  assert.deepEqual(later.events, writer.events.slice(half));
});

test("a run cancelled on B stops on A", async () => {
  const atA = new Visitor(a.url);
  await atA.signIn(stack);
  const writer = atA.chat({ message: "[[pace:40]]long 2000" });
  await writer.until((event) => event.delta);
  await atA.at(b.url).json("POST", `/api/runs/${writer.run}/cancel`);
  assert.equal((await writer.rest()).done.status, "cancelled");
});

test("sessions, threads, notes and visitors survive a restart of both replicas", async () => {
  const visitor = new Visitor(stack.appOrigin);
  await visitor.signIn(stack);
  const said = await visitor.chat({ message: "[[pace:1]]Remember that the demo is on Friday" }).rest();
  const [threads, notes] = [await visitor.threads(), await visitor.get("/api/notes")];
  assert.equal(threads[0].id, said.thread);
  assert.match(notes.items[0].preview, /demo is on Friday/);

  await restartAll();
  assert.deepEqual(await visitor.threads(), threads);
  assert.deepEqual(await visitor.get("/api/notes"), notes);
  assert.equal((await visitor.get("/api/session")).signed_in, true);

  // A new session of the same browser.
  visitor.cookies.delete("__Host-so_session");
  assert.equal((await visitor.get("/api/session")).signed_in, false);
  await visitor.signIn(stack);
  assert.deepEqual(await visitor.threads(), threads);
  const more = await visitor.chat({ message: "[[pace:1]]hello", thread_id: said.thread }).rest();
  assert.equal(more.done.status, "completed");
});

test("a rotated secret keeps everybody signed in", async () => {
  const old = a.env.SESSION_SECRET;
  const next = newSecret();
  const visitors = [];
  const visit = async () => {
    const newcomer = new Visitor(stack.appOrigin);
    await newcomer.signIn(stack);
    await newcomer.chat({ message: "[[pace:1]]hello" }).rest();
    visitors.push(newcomer);
  };
  const everybodyIsIn = async () => {
    for (const visitor of visitors) {
      for (const api of stack.apis) {
        const session = await visitor.at(api.url).get("/api/session");
        assert.deepEqual([session.signed_in, session.has_api_key], [true, true]);
        assert.equal((await visitor.at(api.url).get("/api/threads")).items.length, 1);
      }
    }
  };
  await visit();
  // As docs/OPERATIONS.md says: first every replica accepts the new secret.
  for (const secret of [`${old},${next}`, `${next},${old}`]) {
    for (const api of stack.apis) {
      await api.stop();
      api.env.SESSION_SECRET = secret;
      await api.start();
      await visit();
      await everybodyIsIn();
    }
  }
  // Sessions renewed in the meantime work with the new secret alone.
  await restartAll({ SESSION_SECRET: next });
  const last = visitors.at(-1);
  assert.equal((await last.get("/api/session")).signed_in, true);
});
