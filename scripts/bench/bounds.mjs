// Memory under attack by one visitor: the API's resident memory before, during (peak) and after,
// and how long others waited meanwhile. `node scripts/bench/bounds.mjs [profile] [small]`; `make
// bench` runs all of it, `make test` the small one.

import { writeFileSync } from "node:fs";

import { startStack } from "../stack.mjs";
import { openSession } from "./client.mjs";
import {
  failedRuns,
  longAnswers,
  longMessages,
  manyCalls,
  slowReaders,
  smallPieces,
} from "./heavy-loads.mjs";
import { startHeavyProvider } from "./heavy-provider.mjs";
import { peakMemory, residentMemory } from "./process.mjs";
import { percentile } from "./relay.mjs";

const profile = process.argv[2] ?? "release";
const small = process.argv[3] === "small";
const mib = 1024 * 1024;
const limit = small ? 64 : 128;
/** Memory beyond `MEMORY_LIMIT`: the program itself, and requests in progress. */
const overhead = 128;
const readersMax = 64;
/** Longest wait of another visitor, on a machine that is not idle. */
const waitMax = 3_000;
/** Median wait of another visitor during four hostile answers. */
const healthMax = small ? waitMax : 50;

const loads = [
  { name: "200 readers that do not read", load: slowReaders, size: { readers: 200 }, above: readersMax },
  { name: "failed runs", load: failedRuns, size: { runs: small ? 100 : 17_000 } },
  { name: "messages of 32 KiB", load: longMessages, size: { messages: small ? 60 : 3_000 } },
  {
    name: "answers of 8 MB in small pieces",
    load: longAnswers,
    size: { answers: small ? 1 : 12, bytes: (small ? 1 : 8) * mib },
  },
  {
    name: "4 answers in the smallest pieces",
    load: smallPieces,
    size: { pieces: small ? 2_000 : 100_000 },
    median: healthMax,
  },
  { name: "turns of 128 calls with 64 KiB each", load: manyCalls, size: { turns: small ? 1 : 12 } },
];

/** Sends requests as another visitor until stopped; returns the waits. */
function watchOthers(url, session) {
  const waits = [];
  let watching = true;
  const watched = (async () => {
    while (watching) {
      const asked = performance.now();
      const answer = await fetch(`${url}/api/threads`, { headers: session });
      await answer.text();
      if (!answer.ok) throw new Error(`another visitor got ${answer.status}`);
      waits.push(performance.now() - asked);
      // pause: between two requests of the other visitor
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  return async () => {
    watching = false;
    await watched;
    return waits;
  };
}

async function measure(provider, { name, load, size, above, median = waitMax }) {
  const env = {
    OPENAI_BASE_URL: provider.url,
    OPENAI_MODEL: "heavy",
    OPENAI_API: "chat",
    LOG_LEVEL: "error",
    MEMORY_LIMIT: `${limit}`,
    MESSAGES_PER_MINUTE: "0",
  };
  const stack = await startStack({ profile, scripted: false, env, apiKey: "sk-test-heavy" });
  try {
    const { url, child } = stack.apis[0];
    const other = await openSession(url, stack);
    let before;
    stack.measure = () => {
      before = residentMemory(child.pid);
      // Resets the kernel's record of the peak.
      writeFileSync(`/proc/${child.pid}/clear_refs`, "5");
    };
    stack.measure();
    const stop = watchOthers(url, other);
    const answered = await load(stack, size);
    const waits = await stop();
    const [usual, slowest] = [50, 100].map((percent) => percentile(waits, percent));
    const most = peakMemory(child.pid);
    const after = residentMemory(child.pid);
    const bound = above ? before + above * mib : (limit + overhead) * mib;
    const count = Object.entries(answered).map(([status, times]) => `${times} × ${status}`);
    const figures = [before, most, after].map((bytes) => `${Math.round(bytes / mib)}`.padStart(5));
    const [first, peak, last] = figures;
    console.log(
      `${name.padEnd(36)} ${first} ${peak} ${last} MiB, at most ${Math.round(bound / mib)}; others waited ${Math.round(usual)} ms, at most ${Math.round(slowest)}; ${count.join(", ")}`,
    );
    if (!answered[200]) throw new Error(`${name}: nothing was answered`);
    return most <= bound && slowest <= waitMax && usual <= median;
  } finally {
    await stack.stop();
  }
}

const provider = await startHeavyProvider();
console.log(`MEMORY_LIMIT=${limit}: resident memory before, at most, after`);
try {
  for (const load of loads) {
    if (!(await measure(provider, load))) {
      console.error(`${load.name}: over its bound`);
      process.exitCode = 1;
    }
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  provider.stop();
}
