// CPU time and delays of the same answers through the API and through the copy of the provider's
// bytes. The provider writes its send time into each chunk.

import { readStream, startStream } from "./client.mjs";
import { cpuTime } from "./process.mjs";

/** The time at which a chunk was sent: microseconds since 1970, followed by a space. */
const stamps = /(\d{16}) /g;

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

/** The size of the groups that streams begin in: beyond 1,024 connections without a request the API
 * closes the oldest. */
const group = 500;

/** CPU milliseconds and delays of one round of `streams` concurrent answers. */
async function round(pid, streams, work) {
  const delays = [];
  const before = cpuTime(pid);
  const started = [];
  while (started.length < streams) {
    const from = started.length;
    const length = Math.min(group, streams - from);
    const next = Array.from({ length }, (_, index) => begin(work, from + index, delays));
    started.push(...next);
    await Promise.all(next.map((stream) => stream.begun));
  }
  await Promise.all(started.map((stream) => stream.ended));
  return { cpu: cpuTime(pid) - before, delays };
}

function begin(work, index, delays) {
  const onDelay = delayReader(delays);
  const open = (onPiece) =>
    work(index, (chunk) => {
      onDelay(chunk);
      onPiece();
    });
  return startStream(open, 1);
}

/** Both under the same load, in turns, so that the machine's other work affects both. */
export async function compare(stack, relay, sessions, { message, streams, rounds, ...limits }) {
  const api = stack.apis[0];
  const key = { authorization: `Bearer ${stack.apiKey}` };
  const request = {
    model: "scripted-1",
    stream: true,
    messages: [{ role: "user", content: message }],
  };
  const ours = () =>
    round(api.child.pid, streams, (index, onChunk) =>
      readStream(`${api.url}/api/chat`, sessions[index], { message }, onChunk),
    );
  const copy = () =>
    round(relay.pid, streams, (_, onChunk) =>
      readStream(`${relay.url}/v1/chat/completions`, key, request, onChunk),
    );
  // The first round warms up.
  await ours();
  await copy();
  const results = { ours: [], copied: [] };
  for (let index = 0; index < rounds; index += 1) {
    results.ours.push(await ours());
    results.copied.push(await copy());
  }
  const row = (what, unit, of, limit) => {
    const [a, b] = [of(results.ours), of(results.copied)];
    return { what, unit, ours: a, copied: b, ratio: a / b, limit };
  };
  const cpu = (all) => percentile(all.map((one) => one.cpu), 50);
  const delay = (percent) => (all) => percentile(all.flatMap((one) => one.delays), percent);
  const rows = [row("CPU", "ms", cpu, limits.cpu)];
  if (results.ours[0].delays.length) {
    rows.push(row("delay p50", "ms", delay(50), limits.p50));
    rows.push(row("delay p99", "ms", delay(99), limits.p99));
  }
  return rows;
}
