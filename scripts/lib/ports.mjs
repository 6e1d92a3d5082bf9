// Finds free TCP ports, and explains when a port is taken.

import { randomInt } from "node:crypto";
import { createServer } from "node:net";

function listen(port) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
      const { port: bound } = server.address();
      server.close(() => resolve(bound));
    });
  });
}

// Below the range for outgoing connections, which could take a port between our check and the
// moment its program listens.
const lowest = 20_000;
const count = 12_000;
const given = new Set();

/** A port that was free a moment ago; this process returns each port once. */
export async function freePort() {
  for (;;) {
    const port = lowest + randomInt(count);
    if (given.has(port)) continue;
    given.add(port);
    try {
      return await listen(port);
    } catch (error) {
      if (error.code !== "EADDRINUSE") throw error;
    }
  }
}

/** `port` if it is free; any free port for 0 or none. */
export async function claimPort(port, { purpose, variable }) {
  if (!port) return freePort();
  try {
    return await listen(port);
  } catch (error) {
    const why =
      error.code === "EADDRINUSE"
        ? "is taken by another program"
        : error.code === "EACCES"
          ? "may not be used by this account"
          : `cannot be used (${error.code ?? error.message})`;
    throw new Error(
      `Port ${port}, meant for ${purpose}, ${why}. ` +
        `Stop that program or name another port: ${variable}=${port + 10}`,
    );
  }
}
