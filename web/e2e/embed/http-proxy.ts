// An HTTP proxy in front of nginx: another origin of the app, which can strip Set-Cookie (as
// browsers do that keep no cookie in a frame) and knows which requests are still open.
import { createServer, request as httpRequest, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

export interface HttpProxy {
  origin: string;
  /** Where it leads; it may be set after the start, when the target has to know this address. */
  target: string;
  stripCookies: boolean;
  /** Requests so far. */
  seen: { method: string; url: string; headers: IncomingMessage["headers"] }[];
  /** Paths of the requests whose answers are not complete. */
  open(): string[];
  close(): Promise<void>;
}

export async function startHttpProxy(target = ""): Promise<HttpProxy> {
  const seen: HttpProxy["seen"] = [];
  const open = new Set<IncomingMessage>();
  const server = createServer((incoming, outgoing) => {
    const { method = "GET", url = "/", headers } = incoming;
    seen.push({ method, url, headers });
    open.add(incoming);
    outgoing.on("close", () => open.delete(incoming));
    const forward = httpRequest(proxy.target + url, { method, headers }, (answer) => {
      const kept = { ...answer.headers };
      if (proxy.stripCookies) delete kept["set-cookie"];
      outgoing.writeHead(answer.statusCode ?? 502, kept);
      answer.pipe(outgoing);
      answer.on("error", () => outgoing.destroy());
    });
    forward.on("error", () => outgoing.destroy());
    outgoing.on("close", () => forward.destroy());
    incoming.pipe(forward);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const proxy: HttpProxy = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    target,
    stripCookies: false,
    seen,
    open: () => [...open].map(({ url = "" }) => url),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}
