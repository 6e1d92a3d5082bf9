// `make bench`: 100 concurrent writers on a SQLite file and on Postgres, in turns on the same disk;
// then the time to open, list and search 200,000 conversations.
//
// Both are durable: each acknowledged message is on the disk.
//
//   node scripts/bench/stores.mjs [profile [owners [writers [messages of each]]]]

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { startChild, untilReady } from "../lib/child.mjs";
import { privatePostgres } from "../lib/postgres.mjs";
import { startStack } from "../stack.mjs";
import { openSession, readStream } from "./client.mjs";

const [profile = "release", owners = "1000", count = "100", each = "20"] = process.argv.slice(2);
const writers = Number(count);
const messages = Number(each);
const rounds = 3;

const root = fileURLToPath(new URL("../..", import.meta.url));
const target = process.env.CARGO_TARGET_DIR ?? join(root, "target");

function percentile(values, percent) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))];
}

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

async function compare(folder, postgres) {
  const shapes = { SQLite: `sqlite:${folder}/writers.db`, Postgres: postgres.url };
  const found = {};
  try {
    for (const [name, url] of Object.entries(shapes)) {
      const env = { DATABASE_URL: url, LOG_LEVEL: "warn", MESSAGES_PER_MINUTE: "0" };
      const stack = await startStack({ profile, env: { ...env, MAX_RUNS: "2000" } });
      const api = stack.apis[0].url;
      found[name] = { stack, api, sessions: [], rates: [], waits: [] };
      for (let n = 0; n < writers; n += 1) found[name].sessions.push(await openSession(api, stack));
    }
    for (let round = 0; round < rounds; round += 1) {
      for (const shape of Object.values(found)) {
        const { rate, waits } = await write(shape.api, shape.sessions);
        shape.rates.push(rate);
        shape.waits.push(...waits);
      }
    }
  } finally {
    await Promise.all(Object.values(found).map(({ stack }) => stack.stop()));
  }
  const result = {};
  for (const [name, { rates, waits }] of Object.entries(found)) {
    result[name] = { rate: percentile(rates, 50), p99: percentile(waits, 99) };
    console.log(
      `${writers} writers on ${name}: ${result[name].rate.toFixed(0)} acknowledged messages a ` +
        `second, first event p50 ${percentile(waits, 50).toFixed(1)} ms, ` +
        `p99 ${result[name].p99.toFixed(1)} ms`,
    );
  }
  return result.SQLite.rate >= result.Postgres.rate && result.SQLite.p99 <= result.Postgres.p99;
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
