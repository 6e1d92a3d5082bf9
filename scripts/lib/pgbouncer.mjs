// A PgBouncer in transaction mode, in front of the private PostgreSQL of a stack and in its folder.

import { existsSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { dirname, join } from "node:path";

import { startChild, untilReady } from "./child.mjs";
import { unprivileged } from "./postgres.mjs";

const program = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"].find(existsSync);

export const hasPgBouncer = program !== undefined;

/** Fewer connections to the server than clients have, so that they must share. */
const serverConnections = 4;

function accepts(socketPath) {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    socket.on("connect", () => resolve(true)).on("error", () => resolve(false));
    socket.on("connect", () => socket.destroy());
  });
}

/** Starts one before the server that listens at `serverSocket`. */
export async function startPgBouncer(serverSocket) {
  const folder = dirname(serverSocket);
  const file = join(folder, "pgbouncer.ini");
  const settings = [
    "[databases]",
    `postgres = host=${folder} user=postgres`,
    "[pgbouncer]",
    "listen_addr =",
    "listen_port = 6432",
    `unix_socket_dir = ${folder}`,
    "unix_socket_mode = 0777",
    "auth_type = any",
    "pool_mode = transaction",
    `default_pool_size = ${serverConnections}`,
  ];
  writeFileSync(file, `${settings.join("\n")}\n`);
  const [command, args] = unprivileged(program, ["-q", file]);
  const env = { PATH: process.env.PATH };
  const log = join(folder, "pgbouncer.log");
  const child = startChild({ name: "pgbouncer", command, args, env, log });
  const socket = join(folder, ".s.PGSQL.6432");
  await untilReady(child, () => accepts(socket));
  return { socket, stop: () => child.stop() };
}
