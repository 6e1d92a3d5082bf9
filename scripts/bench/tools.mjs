// How long the first word after a handoff takes if the agent first calls a tool of a local MCP
// server, a note tool in process, or none.

import { startStack } from "../stack.mjs";
import { openSessions, readStream } from "./client.mjs";
import { percentile } from "./relay.mjs";

const streams = 32;
const rounds = 15;

/** The message of each case, named by the tool that the next agent calls before it speaks. */
const asked = {
  server: "[[pace:0]]Do you sell ferns?",
  note: "[[pace:0]]What did I ask you to note?",
  none: "[[pace:0]]Put F12 into my cart",
};

/** Milliseconds from the request to the first text of the second agent. */
async function firstWord(url, session, message) {
  const began = performance.now();
  let [text, at] = ["", null];
  await readStream(`${url}/api/chat`, session, { message }, (chunk) => {
    if (at !== null) return;
    text += chunk;
    const [, , second] = text.split('"type":"agent_updated"');
    if (second?.includes('"type":"content_delta"')) at = performance.now() - began;
  });
  if (at === null) throw new Error(`“${message}” was not handed over: ${text}`);
  return at;
}

/** Medians in milliseconds by tool. */
export async function measureTools(options) {
  const stack = await startStack({ ...options, shop: true });
  try {
    return await measure(stack);
  } finally {
    await stack.stop();
  }
}

/** Measured in turns, so that all cases see the same load. */
async function measure(stack) {
  const { url } = stack.apis[0];
  const sessions = await openSessions(stack, streams);
  const times = Object.fromEntries(Object.keys(asked).map((name) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, message] of Object.entries(asked)) {
      const all = sessions.map((session) => firstWord(url, session, message));
      const measured = await Promise.all(all);
      // The first round warms up: connections, and the server's list.
      if (round > 0) times[name].push(...measured);
    }
  }
  return Object.fromEntries(
    Object.entries(times).map(([name, values]) => [name, percentile(values, 50)]),
  );
}
