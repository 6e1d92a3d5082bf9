// Loads with which a visitor may try to fill the memory. They resolve with the responses, so that a
// load that had no effect does not count as bounded.

import { connect } from "node:net";

import { openSession, post } from "./client.mjs";

const message32k = `note ${"x".repeat(32 * 1024 - 5)}`;
const largest = 8 * 1024 * 1024 - 64 * 1024;

async function each(count, width, work) {
  let next = 0;
  const lane = async () => {
    while (next < count) {
      next += 1;
      await work(next - 1);
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
}

/** Sends a message and reads the whole answer; returns the status and the end of the stream. */
async function say(stack, session, body) {
  const answer = await post(`${stack.apis[0].url}/api/chat`, session, body);
  let tail = "";
  let thread = null;
  for await (const piece of answer) {
    const text = piece.toString();
    thread ??= /"thread_id":"([^"]+)"/.exec(text)?.[1] ?? null;
    tail = (tail + text).slice(-2_000);
  }
  return { status: answer.statusCode, thread, tail };
}

/** Sends messages, `width` at a time, each lane in its own threads of `perThread` messages. */
async function sayMany(stack, { count, width, perThread, message }) {
  const answered = {};
  const lanes = await Promise.all(Array.from({ length: width }, () => openSession(stack.apis[0].url, stack)));
  await Promise.all(
    lanes.map(async (session, lane) => {
      let thread = null;
      for (let n = lane; n < count; n += width) {
        const number = Math.floor(n / width);
        const body = { message, ...(number % perThread && thread ? { thread_id: thread } : {}) };
        const said = await say(stack, session, body);
        thread = said.thread ?? thread;
        answered[said.status] = (answered[said.status] ?? 0) + 1;
      }
    }),
  );
  return answered;
}

/** Requests a large answer again and again as one visitor, and reads none of them. */
export async function slowReaders(stack, { readers }) {
  const { url, address } = stack.apis[0];
  const session = await openSession(url, stack);
  const { thread } = await say(stack, session, { message: `say ${largest}` });
  stack.measure();
  const [host, port] = address.split(":");
  const sockets = [];
  const answered = {};
  await each(readers, 20, async () => {
    const socket = connect(Number(port), host);
    sockets.push(socket);
    socket.on("error", () => {});
    socket.write(
      `GET /api/threads/${thread} HTTP/1.1\r\nhost: x\r\ncookie: ${session.cookie}\r\n\r\n`,
    );
    const [head] = await new Promise((resolve) => {
      socket.once("data", (data) => resolve([data]));
      socket.once("close", () => resolve([Buffer.from("HTTP/1.1 closed")]));
    });
    socket.pause();
    const status = head.toString().split(" ")[1];
    answered[status] = (answered[status] ?? 0) + 1;
  });
  for (const socket of sockets) socket.destroy();
  return answered;
}

export const failedRuns = (stack, { runs }) =>
  sayMany(stack, { count: runs, width: 20, perThread: 500, message: "fail" });

export const longMessages = (stack, { messages }) =>
  sayMany(stack, { count: messages, width: 20, perThread: 50, message: message32k });

export const longAnswers = (stack, { answers, bytes }) =>
  sayMany(stack, { count: answers, width: 4, perThread: 1, message: `say ${bytes}` });

export const manyCalls = (stack, { turns }) =>
  sayMany(stack, { count: turns, width: 1, perThread: 1, message: "call" });

/** Four runs at once of a provider that sends its answer in the smallest pieces. */
export const smallPieces = (stack, { pieces }) =>
  sayMany(stack, { count: 4, width: 4, perThread: 1, message: `harass ${pieces}` });
