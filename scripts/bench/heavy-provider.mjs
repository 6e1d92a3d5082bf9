// A provider for the benchmark of bounds, with answers as long as the message says.

import { createServer } from "node:http";

const piece = "0123456789abcdef0123456789abcde ";
const callsAtOnce = 128;
const argumentBytes = 64 * 1024;

function chunk(delta, finish_reason = null) {
  const choices = [{ index: 0, delta, finish_reason }];
  return `data: ${JSON.stringify({ choices })}\n\n`;
}

/** Waits if the API reads more slowly than we write. */
async function send(response, text) {
  if (!response.write(text)) {
    await new Promise((resolve) => {
      const goOn = () => {
        response.off("drain", goOn).off("close", goOn);
        resolve();
      };
      response.on("drain", goOn).on("close", goOn);
    });
  }
}

/** `bytes` of text in small pieces. */
async function say(response, bytes) {
  const batch = chunk({ content: piece }).repeat(64);
  for (let sent = 0; sent < bytes && !response.destroyed; sent += 64 * piece.length) {
    await send(response, batch);
  }
  await send(response, chunk({}, "stop"));
}

/** Sends 128 calls in one answer, each with 64 KiB. */
async function call(response) {
  for (let index = 0; index < callsAtOnce; index += 1) {
    const args = JSON.stringify({ title: `note ${index}`, content: "x".repeat(argumentBytes - 60) });
    const named = { name: "handoff_to_archivist", arguments: "{}" };
    const saving = { name: "save_note", arguments: args };
    const tool = { index, id: `call_${index}`, type: "function", function: index ? saving : named };
    await send(response, chunk({ tool_calls: [tool] }));
  }
  await send(response, chunk({}, "tool_calls"));
}

/** Whitespace byte by byte, then a call whose name is repeated in each piece of its arguments. */
async function harass(response, pieces) {
  for (let sent = 0; sent < pieces && !response.destroyed; sent += 64) {
    await send(response, "\n: \n ".repeat(64));
  }
  const named = { name: "handoff_to_archivist", arguments: " " };
  const tool = { index: 0, id: "call", type: "function", function: named };
  const batch = chunk({ tool_calls: [tool] }).repeat(64);
  for (let sent = 0; sent < pieces && !response.destroyed; sent += 64) await send(response, batch);
  await send(response, chunk({}, "stop"));
}

async function answer(request, response) {
  if (request.url.endsWith("/models")) {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ data: [{ id: "heavy" }] }));
    return;
  }
  let body = "";
  for await (const part of request) body += part;
  const { messages } = JSON.parse(body);
  const asked = messages.findLast((message) => message.role === "user").content;
  if (asked.startsWith("fail")) {
    response.writeHead(400, { "content-type": "application/json" });
    response.end(JSON.stringify({ error: { message: "no", type: "invalid_request_error" } }));
    return;
  }
  response.writeHead(200, { "content-type": "text/event-stream" });
  const bytes = /^say (\d+)/.exec(asked);
  const called = messages.at(-1).role === "tool";
  const harassing = /^harass (\d+)/.exec(asked);
  if (harassing) await harass(response, Number(harassing[1]));
  else if (bytes) await say(response, Number(bytes[1]));
  else if (asked.startsWith("call") && !called) await call(response);
  else await say(response, 1);
  response.end("data: [DONE]\n\n");
}

export async function startHeavyProvider() {
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/v1`,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
