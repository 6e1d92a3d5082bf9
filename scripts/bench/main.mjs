// `make bench`: what a streamed answer costs the API, beside a program that copies the provider's
// bytes unparsed (api/examples/byte-relay.rs); the memory of an idle session and of a live run; how
// latency grows from 1 to 1,000 streams. The client runs on the same machine and takes its share of
// it: read the ratio, and take the latencies for an upper bound.

import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { startChild } from "../lib/child.mjs";
import { freePort } from "../lib/ports.mjs";
import { startStack } from "../stack.mjs";
import { openSession, readStream } from "./client.mjs";
import { cpuTime, residentMemory } from "./process.mjs";

const profile = process.argv[2] ?? "release";
const limit = 2;
const chunks = 10_000;
const repetitions = 10;

const root = fileURLToPath(new URL("../..", import.meta.url));
const target = process.env.CARGO_TARGET_DIR ?? join(root, "target");

const median = (values) => percentile(values, 50);
function percentile(values, percent) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))];
}

/** Median CPU milliseconds that process `pid` spends on one `work`, after one to warm up. */
async function cost(pid, work) {
  await work();
  const costs = [];
  for (let index = 0; index < repetitions; index += 1) {
    const before = cpuTime(pid);
    await work();
    costs.push(cpuTime(pid) - before);
  }
  return median(costs);
}

async function relayCost(stack, session, relay, label, shape) {
  const message = `[[chunks:${chunks}]]${shape}`;
  const api = stack.apis[0];
  const ours = await cost(api.child.pid, () =>
    readStream(`${api.url}/api/chat`, session, { message }),
  );
  const copied = await cost(relay.pid, () =>
    readStream(
      `${relay.url}/v1/chat/completions`,
      { authorization: `Bearer ${stack.apiKey}` },
      { model: "scripted", stream: true, messages: [{ role: "user", content: message }] },
    ),
  );
  const ratio = ours / copied;
  console.log(
    `${label}: ${chunks} chunks cost the API ${ours.toFixed(1)} ms of CPU, the byte copy ` +
      `${copied.toFixed(1)} ms: ratio ${ratio.toFixed(2)} (limit ${limit})`,
  );
  return ratio;
}

async function memory(stack) {
  const { url, child } = stack.apis[0];
  const sessions = 2_000;
  const empty = residentMemory(child.pid);
  const opened = [];
  for (let index = 0; index < sessions; index += 50) {
    opened.push(...(await Promise.all(Array.from({ length: 50 }, () => openSession(url, stack)))));
  }
  const idle = residentMemory(child.pid);
  console.log(
    `idle session: ${((idle - empty) / sessions / 1024).toFixed(1)} KiB (of ${sessions})`,
  );

  const runs = 500;
  const streams = opened.slice(0, runs).map((session) => live(url, session));
  await Promise.all(streams.map((stream) => stream.begun));
  const busy = residentMemory(child.pid);
  console.log(
    `live run: ${((busy - idle) / runs / 1024).toFixed(1)} KiB (of ${runs}, in mid-answer)`,
  );
  await Promise.all(streams.map((stream) => stream.ended));
  return opened;
}

/** A slow answer; `begun` resolves with its first text. */
function live(url, session) {
  let begin;
  const begun = new Promise((resolve) => {
    begin = resolve;
  });
  const ended = readStream(
    `${url}/api/chat`,
    session,
    { message: "long 60 [[pace:100]]" },
    (chunk) => {
      if (chunk.includes("content_delta")) begin();
    },
  );
  ended.catch(begin);
  return { begun, ended };
}

async function latency(stack, sessions) {
  const { url } = stack.apis[0];
  console.log(
    "streams   first text p50 / p99     between two p50 / p99   (ms; the provider paces 50)",
  );
  for (const count of [1, 10, 100, 1_000]) {
    const firsts = [];
    const gaps = [];
    await Promise.all(
      sessions.slice(0, count).map(async (session) => {
        const began = performance.now();
        let last = 0;
        await readStream(
          `${url}/api/chat`,
          session,
          { message: "long 60 [[pace:50]]" },
          (chunk) => {
            if (!chunk.includes("content_delta")) return;
            const now = performance.now();
            if (last) gaps.push(now - last);
            else firsts.push(now - began);
            last = now;
          },
        );
      }),
    );
    const show = (values) =>
      `${percentile(values, 50).toFixed(0)} / ${percentile(values, 99).toFixed(0)}`;
    console.log(`${String(count).padStart(7)}   ${show(firsts).padEnd(22)}   ${show(gaps)}`);
  }
}

const stack = await startStack({ profile, env: { LOG_LEVEL: "warn", MAX_RUNS: "2000" } });
const port = await freePort();
const relay = startChild({
  name: "byte-relay",
  command: join(target, profile, "examples/byte-relay"),
  args: ["--port", `${port}`, "--upstream", stack.provider.url],
  env: { PATH: process.env.PATH },
  log: join(stack.logs, "byte-relay.log"),
});
relay.url = `http://127.0.0.1:${port}`;
try {
  while (!(await fetch(`${relay.url}/_seen`).catch(() => null))) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const session = await openSession(stack.apis[0].url, stack);
  const ratio = await relayCost(stack, session, relay, "relay", "");
  const sessions = await memory(stack);
  await latency(stack, sessions);
  if (ratio > limit) process.exitCode = 1;
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await relay.stop(2_000);
  await stack.stop();
}
