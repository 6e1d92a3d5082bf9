// A TCP proxy between browser and nginx that simulates a bad network. The browser's own offline
// switch does not affect a running stream.
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface TcpProxy {
  /** `http://127.0.0.1:P`, which serves the app like nginx's own origin. */
  origin: string;
  /** Breaks all connections, and new ones at once, until `restore`. */
  cut(): void;
  restore(): void;
  /** Holds all bytes back in both directions: a silent network. */
  pause(): void;
  resume(): void;
  /** Bytes sent to the browser so far. */
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
