// Memory of sessions and live runs, compared with the copy of the provider's bytes. Measured only
// in new processes, since a process keeps freed memory.

import { openSessions, readStream, startStream } from "./client.mjs";
import { residentMemory } from "./process.mjs";

const runs = 500;
const message = "long 50 [[pace:100]]";
/** Streams that load code and fill pools before anything is measured. */
const warmUp = 20;

/** Kilobytes per stream, measured in the middle of `runs` answers. */
async function streaming(pid, open) {
  await Promise.all(Array.from({ length: warmUp }, (_, index) => open(index, () => {})));
  const before = residentMemory(pid);
  // In the middle of an answer: after its tenth piece.
  const streams = Array.from({ length: runs }, (_, index) =>
    startStream((onChunk) => open(index, onChunk), 10),
  );
  await Promise.all(streams.map((stream) => stream.begun));
  const busy = residentMemory(pid);
  await Promise.all(streams.map((stream) => stream.ended));
  return (busy - before) / runs / 1_024;
}

export async function measureMemory(stack, relay) {
  const { url, child } = stack.apis[0];
  const sessions = await openSessions(stack, warmUp);
  const empty = residentMemory(child.pid);
  const more = 1_000;
  sessions.push(...(await openSessions(stack, more)));
  const idle = (residentMemory(child.pid) - empty) / more / 1_024;
  const live = await streaming(child.pid, (index, onChunk) =>
    readStream(`${url}/api/chat`, sessions[index], { message }, onChunk),
  );
  const request = {
    model: "scripted-1",
    stream: true,
    messages: [{ role: "user", content: message }],
  };
  const key = { authorization: `Bearer ${stack.apiKey}` };
  const copied = await streaming(relay.pid, (_, onChunk) =>
    readStream(`${relay.url}/v1/chat/completions`, key, request, onChunk),
  );
  return { idle, live, copied };
}
