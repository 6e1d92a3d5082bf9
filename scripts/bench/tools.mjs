// How long the first word after a handoff takes if the agent first calls a tool of a local MCP
// server, a note tool in process, or none. To tell the API's part from the server's, the same calls
// are also made directly, and the CPU time of both is read.
//
// Each round runs all cases, and only times of the same round are subtracted, so that what else the
// machine does cancels out.

import { startStack } from "../stack.mjs";
import { openSessions, post, readStream } from "./client.mjs";
import { cpuTime } from "./process.mjs";
import { percentile } from "./relay.mjs";

const streams = 32;
const rounds = 40;

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

/** Milliseconds of a call that the client makes itself, as the API makes it. */
async function directCall(url, id) {
  const began = performance.now();
  const [method, name, version] = ["tools/call", "search", "2026-07-28"];
  const headers = {
    accept: "text/event-stream, application/json",
    "mcp-protocol-version": version,
    "mcp-method": method,
    "mcp-name": name,
  };
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": version,
    "io.modelcontextprotocol/clientInfo": { name: "bench", version: "1" },
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const params = { name, arguments: { query: "fern" }, _meta };
  const answer = await post(url, headers, { jsonrpc: "2.0", id, method, params });
  let text = "";
  for await (const chunk of answer) text += chunk;
  if (!text.includes("plants")) throw new Error(`the shop was not called: ${text}`);
  return performance.now() - began;
}

/**
 * By what was called: the median in milliseconds, and the CPU time of a call in each process. And
 * `more`: quartiles of what a call of the server takes more than one of a note tool.
 */
export async function measureTools(options) {
  const stack = await startStack({ ...options, shop: true });
  try {
    return await measure(stack);
  } finally {
    await stack.stop();
  }
}

async function measure(stack) {
  const { url } = stack.apis[0];
  const sessions = await openSessions(stack, streams);
  const processes = { api: stack.apis[0].child.pid, shop: stack.shop.child.pid };
  const cases = Object.entries(asked).map(([name, message]) => [
    name,
    (session) => firstWord(url, session, message),
  ]);
  cases.push(["direct", (_, id) => directCall(`${stack.shop.url}/mcp`, id)]);
  const results = cases.map(([name, run]) => ({ name, run, ms: [], api: [], shop: [] }));
  for (let round = 0; round <= rounds; round += 1) {
    // The order changes, since each case inherits the state in which the one before leaves things.
    results.push(results.shift());
    for (const { run, ms, ...cpu } of results) {
      const before = Object.entries(processes).map(([name, pid]) => [name, cpuTime(pid)]);
      const measured = await Promise.all(sessions.map(run));
      // The first round warms up: connections, and the server's list.
      if (round === 0) continue;
      ms.push(percentile(measured, 50));
      for (const [name, at] of before) cpu[name].push((cpuTime(processes[name]) - at) / streams);
    }
  }
  const by = Object.fromEntries(results.map((result) => [result.name, result]));
  const more = by.server.ms.map((ms, round) => ms - by.note.ms[round]);
  const median = ({ ms, api, shop }) => ({
    ms: percentile(ms, 50),
    api: percentile(api, 50),
    shop: percentile(shop, 50),
  });
  return {
    ...Object.fromEntries(results.map((result) => [result.name, median(result)])),
    more: [25, 50, 75].map((percent) => percentile(more, percent)),
  };
}
