// An API client for the benchmarks: signs in, saves a key, reads a run's events.

import { Agent, request } from "node:http";

/** Node's fetch limits its connections, and a thousand streams need as many. */
const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });

/** Posts JSON; resolves with the response, whose body is not read. */
export function post(url, headers, body) {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { method: "POST", agent, headers: { "content-type": "application/json", ...headers } },
      resolve,
    );
    sent.on("error", reject);
    sent.end(JSON.stringify(body));
  });
}

async function json(answer) {
  let text = "";
  for await (const chunk of answer) text += chunk;
  if (answer.statusCode !== 200) throw new Error(`${answer.statusCode}: ${text}`);
  return JSON.parse(text);
}

/** Returns the JSON of a GET that must succeed. */
export function getJson(url, headers) {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent, headers }, (answer) => json(answer).then(resolve, reject));
    sent.on("error", reject);
    sent.end();
  });
}

/** Signs in and saves a key; returns the headers of that session. */
export async function openSession(apiUrl, { passcode, apiKey }) {
  const answer = await post(`${apiUrl}/api/login`, {}, { passcode });
  const cookie = (answer.headers["set-cookie"] ?? []).map((line) => line.split(";")[0]).join("; ");
  await json(answer);
  await json(await post(`${apiUrl}/api/settings`, { cookie }, { api_key: apiKey }));
  return { cookie };
}

/** Opens `count` sessions, 50 at a time. */
export async function openSessions(stack, count) {
  const sessions = [];
  while (sessions.length < count) {
    const step = Math.min(50, count - sessions.length);
    const opened = Array.from({ length: step }, () => openSession(stack.apis[0].url, stack));
    sessions.push(...(await Promise.all(opened)));
  }
  return sessions;
}

/** Reads a stream to its end; `onChunk` gets each piece as it arrives. */
export async function readStream(url, headers, body, onChunk = () => {}) {
  const answer = await post(url, headers, body);
  if (answer.statusCode !== 200) await json(answer);
  let bytes = 0;
  for await (const chunk of answer) {
    bytes += chunk.length;
    onChunk(chunk);
  }
  return bytes;
}

/** Starts a stream by `open`; `begun` resolves with its first so many pieces, or its end. */
export function startStream(open, pieces) {
  let begin;
  const begun = new Promise((resolve) => {
    begin = resolve;
  });
  let read = 0;
  const ended = open(() => {
    read += 1;
    if (read === pieces) begin();
  });
  ended.then(begin, begin);
  return { begun, ended };
}
