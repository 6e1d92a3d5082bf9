// CPU time and delays of the same answers through the API and through the copy of the provider's
// bytes. The provider writes its send time into each chunk.

import { readStream } from "./client.mjs";
import { cpuTime } from "./process.mjs";

/** When chunks were sent: microseconds since 1970, each followed by a space. */
const stamps = /"(?:delta|content)":"(\d{16}) "/g;

export function percentile(values, percent) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))];
}

const now = () => performance.timeOrigin + performance.now();

/** Records the delay of each stamped chunk, in milliseconds. */
function delayReader(delays) {
  let rest = "";
  return (chunk) => {
    const at = now();
    const text = rest + chunk;
    let end = 0;
    for (const match of text.matchAll(stamps)) {
      delays.push(at - Number(match[1]) / 1_000);
      end = match.index + match[0].length;
    }
    rest = text.slice(Math.max(end, text.length - 64));
  };
}

/** CPU milliseconds and delays of `work(index)` done `streams` times at once, after one to warm up. */
async function measure(pid, { streams, rounds }, work) {
  const all = (delays) =>
    Promise.all(Array.from({ length: streams }, (_, index) => work(index, delayReader(delays))));
  await all([]);
  const [costs, delays] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    const before = cpuTime(pid);
    await all(delays);
    costs.push(cpuTime(pid) - before);
  }
  return { cpu: percentile(costs, 50), delays };
}

/** Both side by side under one load. */
export async function compare(stack, relay, sessions, load) {
  const api = stack.apis[0];
  const key = { authorization: `Bearer ${stack.apiKey}` };
  const request = {
    model: "scripted-1",
    stream: true,
    messages: [{ role: "user", content: load.message }],
  };
  const ours = await measure(api.child.pid, load, (index, onChunk) =>
    readStream(`${api.url}/api/chat`, sessions[index], { message: load.message }, onChunk),
  );
  const copied = await measure(relay.pid, load, (_, onChunk) =>
    readStream(`${relay.url}/v1/chat/completions`, key, request, onChunk),
  );
  const row = (what, unit, of, limit) => {
    const [a, b] = [of(ours), of(copied)];
    return { what, unit, ours: a, copied: b, ratio: a / b, limit };
  };
  const rows = [row("CPU", "ms", ({ cpu }) => cpu, load.cpu)];
  if (ours.delays.length) {
    rows.push(row("delay p50", "ms", ({ delays }) => percentile(delays, 50), load.p50));
    rows.push(row("delay p99", "ms", ({ delays }) => percentile(delays, 99), load.p99));
  }
  return rows;
}
