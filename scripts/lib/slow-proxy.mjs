// A proxy before a Unix socket that delays what passes, each way, as a network does.

import { connect, createServer } from "node:net";

/** Passes on what comes from one side after `delay` ms, in order. */
function forward(from, to, delay) {
  // pause: the network's delay
  from.on("data", (data) => setTimeout(() => to.writable && to.write(data), delay));
  // pause: the network's delay
  from.on("close", () => setTimeout(() => to.destroy(), delay));
  from.on("error", () => {});
}

/** Starts one on a free port. */
export async function startSlowProxy(socketPath, delay) {
  const sockets = new Set();
  const server = createServer((client) => {
    const upstream = connect(socketPath);
    for (const socket of [client, upstream]) {
      socket.setNoDelay?.(true);
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
    }
    forward(client, upstream, delay);
    forward(upstream, client, delay);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: server.address().port,
    stop() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
