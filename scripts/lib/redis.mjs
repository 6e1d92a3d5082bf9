// A Redis of one stack's own: a socket and its data in a folder of the stack, never the machine's.

import { mkdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";

/** One line to the server, and the first line of its answer; "" when it does not answer in time. */
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

/** What starts it, with the persistence of compose.yaml, and what can be asked of it. */
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
    // So that a snapshot can be searched for what is in it.
    rdbcompression: "no",
  };
  return {
    command: "redis-server",
    args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
    url: `redis+unix://${socket}`,
    ready: async () => (await ask(socket, "PING", 1_000)) === "+PONG",
    /** Every key and every value of this moment, uncompressed. */
    async snapshot() {
      const answer = await ask(socket, "SAVE");
      if (answer !== "+OK") throw new Error(`Redis could not save: ${answer}`);
      return readFileSync(join(folder, "dump.rdb"));
    },
  };
}
