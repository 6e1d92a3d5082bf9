// `make bench`: 100 concurrent writers and one reader on a SQLite file and on Postgres, in turns on
// the same disk; then the time to open, list and search 200,000 conversations. Both are durable:
// acknowledged messages are on disk.
//
//   node scripts/bench/stores.mjs [profile [owners [writers [messages of each]]]]

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { lastLines, startChild, untilReady } from "../lib/child.mjs";
import { privatePostgres } from "../lib/postgres.mjs";
import { startStack } from "../stack.mjs";
import { getJson, openSession, readStream } from "./client.mjs";
import { percentile } from "./relay.mjs";

const [profile = "release", owners = "1000", count = "100", each = "20"] = process.argv.slice(2);
const writers = Number(count);
const messages = Number(each);
const rounds = 3;

const root = fileURLToPath(new URL("../..", import.meta.url));
const target = process.env.CARGO_TARGET_DIR ?? join(root, "target");

/** All writers send their messages; returns the acknowledged messages per second and the waits. */
async function write(url, sessions) {
  const waits = [];
  const began = performance.now();
  await Promise.all(
    sessions.map(async (session) => {
      for (let n = 0; n < messages; n += 1) {
        const sent = performance.now();
        let acknowledged = false;
        await readStream(`${url}/api/chat`, session, { message: "hello" }, () => {
          if (!acknowledged) waits.push(performance.now() - sent);
          acknowledged = true;
        });
      }
    }),
  );
  return { rate: (waits.length * 1000) / (performance.now() - began), waits };
}

/** Opens a conversation and lists all, one call after the other, until `stop.aborted`. */
async function read(url, session, stop) {
  const list = `${url}/api/threads`;
  const [{ id }] = (await getJson(list, session)).items;
  const waits = [];
  while (!stop.aborted) {
    for (const path of [`${list}/${id}`, list]) {
      const sent = performance.now();
      await getJson(path, session);
      waits.push(performance.now() - sent);
    }
  }
  return waits;
}

/** One round with all writers and one reader. */
async function measure(shape) {
  const stop = new AbortController();
  const [{ rate, waits }, reads] = await Promise.all([
    write(shape.api, shape.sessions).finally(() => stop.abort()),
    read(shape.api, shape.reader, stop.signal),
  ]);
  shape.rates.push(rate);
  shape.waits.push(...waits);
  shape.reads.push(...reads);
}

async function start(url) {
  const env = { DATABASE_URL: url, LOG_LEVEL: "warn", MESSAGES_PER_MINUTE: "0" };
  const stack = await startStack({ profile, env: { ...env, MAX_RUNS: "2000" } });
  const api = stack.apis[0].url;
  const shape = { stack, api, sessions: [], rates: [], waits: [], reads: [] };
  for (let n = 0; n < writers; n += 1) shape.sessions.push(await openSession(api, stack));
  shape.reader = await openSession(api, stack);
  await readStream(`${api}/api/chat`, shape.reader, { message: "hello" });
  return shape;
}

async function compare(folder, postgres) {
  const urls = { SQLite: `sqlite:${folder}/writers.db`, Postgres: postgres.url };
  const shapes = {};
  try {
    for (const [name, url] of Object.entries(urls)) shapes[name] = await start(url);
    for (let round = 0; round < rounds; round += 1) {
      for (const [name, shape] of Object.entries(shapes)) {
        await measure(shape).catch((error) => {
          const log = lastLines(shape.stack.apis[0].log);
          throw new Error(`${name}: ${error.message}\n${log}`, { cause: error });
        });
      }
    }
  } finally {
    await Promise.all(Object.values(shapes).map(({ stack }) => stack.stop()));
  }
  const result = {};
  for (const [name, { rates, waits, reads }] of Object.entries(shapes)) {
    const times = (values) =>
      [50, 99]
        .map((percent) => `p${percent} ${percentile(values, percent).toFixed(1)} ms`)
        .join(", ");
    result[name] = {
      rate: percentile(rates, 50),
      p99: percentile(waits, 99),
      read: percentile(reads, 99),
    };
    console.log(
      `${writers} writers on ${name}: ${result[name].rate.toFixed(0)} acknowledged messages a second`,
    );
    console.log(`  first event ${times(waits)}; a read meanwhile ${times(reads)}`);
  }
  const { SQLite, Postgres } = result;
  return SQLite.rate >= Postgres.rate && SQLite.p99 <= Postgres.p99 && SQLite.read <= Postgres.read;
}

const folder = mkdtempSync(join(tmpdir(), "smooth-operator-bench-"));
const postgres = privatePostgres({ durable: true });
const server = startChild({
  name: "postgres",
  command: postgres.command,
  args: postgres.args,
  env: { PATH: process.env.PATH },
  log: join(folder, "postgres.log"),
});
try {
  await untilReady(server, postgres.ready);
  const good = await compare(folder, postgres);
  const command = join(target, profile, "examples/store-bench");
  const args = [`sqlite:${folder}/full.db`, postgres.url, owners];
  const full = spawnSync(command, args, { stdio: "inherit" });
  if (!good || full.status !== 0) process.exitCode = 1;
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  server.kill("SIGINT");
  await server.exited;
  postgres.remove();
  rmSync(folder, { recursive: true, force: true });
}
