// `make bench`: CPU time and delay of streamed answers, compared with a program that copies the
// provider's bytes unparsed (api/examples/byte-relay.rs), what a call of an MCP server adds to the
// first word, and the memory of sessions and live runs. The client shares the machine: look at the
// ratios.

import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { answers, startChild, untilReady } from "../lib/child.mjs";
import { freePort } from "../lib/ports.mjs";
import { startStack } from "../stack.mjs";
import { openSessions } from "./client.mjs";
import { measureMemory } from "./memory.mjs";
import { compare } from "./relay.mjs";
import { measureTools } from "./tools.mjs";

const profile = process.argv[2] ?? "release";

/** The load, its concurrency, and the highest ratio to the copy. */
const loads = [
  { name: "a burst of 10,000 chunks", message: "[[chunks:10000]]", streams: 1, rounds: 10, cpu: 1 },
  { name: "50 chunks, 100 ms apart", message: "[[clock:50]] [[pace:100]]", streams: 100, rounds: 3, cpu: 1.4, p50: 1.4 },
  { name: "64 chunks, 20 ms apart", message: "[[clock:64]] [[pace:20]]", streams: 10, rounds: 5, cpu: 1.4, p50: 1.4 },
  { name: "50 chunks, 100 ms apart", message: "[[clock:50]] [[pace:100]]", streams: 2_000, rounds: 1, p99: 1.5 },
];
const liveRunLimit = 45;
/**
 * Most milliseconds by which a call of an MCP server may delay the first word, compared with an
 * in-process call.
 */
const serverCallLimit = 3;

const root = fileURLToPath(new URL("../..", import.meta.url));
const target = process.env.CARGO_TARGET_DIR ?? join(root, "target");

async function startRelay(stack) {
  const port = await freePort();
  const relay = startChild({
    name: "byte-relay",
    command: join(target, profile, "examples/byte-relay"),
    args: ["--port", `${port}`, "--upstream", stack.provider.url],
    env: { PATH: process.env.PATH },
    log: join(stack.logs, "byte-relay.log"),
  });
  relay.url = `http://127.0.0.1:${port}`;
  await untilReady(relay, answers(`${relay.url}/_seen`));
  return relay;
}

const env = { LOG_LEVEL: "warn", MAX_RUNS: "3000", MESSAGES_PER_MINUTE: "0" };
const stack = await startStack({ profile, env });
const relay = await startRelay(stack);
console.log(`profile ${profile}`);
try {
  const { idle, live, copied } = await measureMemory(stack, relay);
  console.log(`an idle session: ${idle.toFixed(1)} KB`);
  console.log(
    `a live run, reader included: ${live.toFixed(1)} KB, limit ${liveRunLimit}; the copy ${copied.toFixed(1)}`,
  );
  let isOver = live > liveRunLimit;
  const sessions = await openSessions(stack, Math.max(...loads.map((load) => load.streams)));
  for (const load of loads) {
    const results = await compare(stack, relay, sessions, load);
    console.log(`${load.name}, ${load.streams} at once`);
    for (const { what, ours, copied, unit, ratio, limit } of results) {
      const bound = limit ? `, limit ${limit}` : "";
      console.log(
        `  ${what.padEnd(10)} ${ours.toFixed(2)} ${unit}, the copy ${copied.toFixed(2)}: ratio ${ratio.toFixed(2)}${bound}`,
      );
      isOver ||= limit !== undefined && ratio > limit;
    }
  }
  // The server is not what is shipped, so it is not built for size.
  const tools = await measureTools({ profile, shopProfile: "release", env });
  const [low, more, high] = tools.more.map((ms) => ms.toFixed(1));
  const micros = (ms) => `${Math.round(ms * 1_000)} µs`;
  console.log("the first word after a handoff, 32 at once");
  console.log(
    `  no call ${tools.none.ms.toFixed(1)} ms, a note tool ${tools.note.ms.toFixed(1)} ms`,
  );
  console.log(
    `  an MCP server on this machine ${tools.server.ms.toFixed(1)} ms: ${more} ms more than a note tool (quartiles ${low} and ${high}), limit ${serverCallLimit}`,
  );
  console.log(
    `  the same call without the API ${tools.direct.ms.toFixed(1)} ms; of the CPU, the server takes ${micros(tools.server.shop)} a call, the API ${micros(tools.server.api - tools.note.api)} more than for a note tool`,
  );
  isOver ||= tools.more[1] > serverCallLimit;
  if (isOver) process.exitCode = 1;
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await relay.stop(2_000);
  await stack.stop();
}
