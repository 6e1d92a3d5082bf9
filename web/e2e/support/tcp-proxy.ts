// A TCP proxy between browser and nginx: what a bad network does, done on purpose. The browser's
// own offline switch would not do, since it leaves a running stream alone.
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface TcpProxy {
  /** `http://127.0.0.1:P`, as good an origin of the app as nginx's own. */
  origin: string;
  /** Breaks every connection, and every new one at once, until `restore`. */
  cut(): void;
  restore(): void;
  /** Holds all bytes back, both ways, and breaks nothing: the network that has gone silent. */
  pause(): void;
  resume(): void;
  /** Bytes that have gone to the browser so far. */
  delivered(): number;
  close(): Promise<void>;
}

export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let broken = false;
  let paused = false;
  let delivered = 0;

  const server = createServer((client) => {
    client.on("error", () => client.destroy());
    if (broken) {
      client.resetAndDestroy();
      return;
    }
    const target = connect(targetPort, "127.0.0.1");
    target.on("error", () => client.destroy());
    for (const [from, to] of [
      [client, target],
      [target, client],
    ] as const) {
      sockets.add(from);
      from.on("data", (chunk) => {
        if (to === client) delivered += chunk.length;
        if (!to.write(chunk)) from.pause();
      });
      to.on("drain", () => {
        if (!paused) from.resume();
      });
      from.on("end", () => to.end());
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
      if (paused) from.pause();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut() {
      broken = true;
      for (const socket of sockets) socket.resetAndDestroy();
    },
    restore() {
      broken = false;
    },
    pause() {
      paused = true;
      for (const socket of sockets) socket.pause();
    },
    resume() {
      paused = false;
      for (const socket of sockets) socket.resume();
    },
    delivered: () => delivered,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
