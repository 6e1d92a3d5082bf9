// A proxy for a Unix socket that delays bytes in both directions, like a network.

import { connect, createServer } from "node:net";

/** Forwards bytes after `delay` ms, in order. */
function forward(from, to, delay) {
  // pause: the network's delay
  from.on("data", (data) => setTimeout(() => to.writable && to.write(data), delay));
  // pause: the network's delay
  from.on("close", () => setTimeout(() => to.destroy(), delay));
  from.on("error", () => {});
}

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
