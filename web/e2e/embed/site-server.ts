// Web sites of others for the tests. `localhost`, 127.0.0.2, … are different sites than the app's
// 127.0.0.1, and browsers keep Secure cookies on them.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

type Answer = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

export interface Site {
  origin: string;
  /** Serves `body` at `path`; the type goes by the path's ending. */
  serve(path: string, body: string, headers?: Record<string, string>): void;
  handle(path: string, answer: Answer): void;
  /** Methods and paths asked for so far, whether they were there or not. */
  asked: string[];
  /** TCP connections so far: a bare connection is contact, too. */
  connections(): number;
  close(): Promise<void>;
}

const TYPES: Record<string, string> = { js: "text/javascript", html: "text/html; charset=utf-8" };

export async function startSite(host = "localhost"): Promise<Site> {
  const answers = new Map<string, Answer>();
  const asked: string[] = [];
  let connections = 0;
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? "/", "http://site").pathname;
    asked.push(`${request.method} ${path}`);
    const answer = answers.get(path);
    if (answer) await answer(request, response);
    else response.writeHead(404).end();
  });
  server.on("connection", () => {
    connections += 1;
  });
  const address = host === "localhost" ? "127.0.0.1" : host;
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  return {
    origin: `http://${host}:${(server.address() as AddressInfo).port}`,
    serve(path, body, headers = {}) {
      const type = TYPES[path.split(".").at(-1) ?? ""] ?? (TYPES.html as string);
      answers.set(path, (_request, response) => {
        response.writeHead(200, { "content-type": type, ...headers }).end(body);
      });
    },
    handle: (path, answer) => void answers.set(path, answer),
    asked,
    connections: () => connections,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A page with the loader on it; tests mount by themselves. */
export function hostPage(appOrigin: string, body = '<div id="chat"></div>', head = ""): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Host</title>
<meta name="viewport" content="width=device-width, initial-scale=1">${head}
<script src="${appOrigin}/embed/smoothoperator.js"></script></head><body>${body}</body></html>`;
}
