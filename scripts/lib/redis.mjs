// A Redis for one stack: its socket and data are in the stack's folder.

import { mkdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";

/** Sends one line and returns the first line of the answer; "" when none comes in time. */
function ask(socket, line, limit = 10_000) {
  return new Promise((resolve) => {
    const connection = connect(socket);
    let answer = "";
    const done = () => {
      connection.destroy();
      resolve(answer.split("\r\n")[0]);
    };
    connection.setTimeout(limit, done);
    connection.on("error", done);
    connection.on("end", done);
    connection.on("data", (chunk) => {
      answer += chunk;
      if (answer.includes("\r\n")) done();
    });
    connection.write(`${line}\r\n`);
  });
}

/** How to start it, with the persistence of compose.yaml, and how to query it. */
export function privateRedis(folder) {
  mkdirSync(folder, { mode: 0o700 });
  const socket = join(folder, "redis.sock");
  const settings = {
    port: "0",
    unixsocket: socket,
    dir: folder,
    appendonly: "yes",
    "maxmemory-policy": "noeviction",
    save: "",
    // Uncompressed, so that a test can search a snapshot.
    rdbcompression: "no",
  };
  return {
    command: "redis-server",
    args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
    url: `redis+unix://${socket}`,
    ready: async () => (await ask(socket, "PING", 1_000)) === "+PONG",
    /** All keys and values at this moment, uncompressed. */
    async snapshot() {
      const answer = await ask(socket, "SAVE");
      if (answer !== "+OK") throw new Error(`Redis could not save: ${answer}`);
      return readFileSync(join(folder, "dump.rdb"));
    },
  };
}
