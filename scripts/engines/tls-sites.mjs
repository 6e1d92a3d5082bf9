// The app and a host page over TLS, on two sites: Firefox and WebKit keep Secure cookies of plain
// http only for `localhost`, or not at all.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { createServer } from "node:https";
import { join } from "node:path";

/** For this machine's names, in `folder`. */
export function makeCertificate(folder) {
  const key = join(folder, "key.pem");
  const cert = join(folder, "cert.pem");
  const options = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2";
  const names = "subjectAltName=DNS:localhost,IP:127.0.0.1";
  const files = ["-keyout", key, "-out", cert, "-subj", "/CN=localhost", "-addext", names];
  execFileSync("openssl", [...options.split(" "), ...files], { stdio: "ignore" });
  return { key: readFileSync(key), cert: readFileSync(cert) };
}

/** Forwards to `target` (an http origin), like an edge with TLS. */
export function startTlsProxy(certificate, target) {
  return listen(certificate, "127.0.0.1", (incoming, outgoing) => {
    const headers = { ...incoming.headers, "x-forwarded-proto": "https" };
    const forward = httpRequest(
      target + incoming.url,
      { method: incoming.method, headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode, answer.headers);
        answer.pipe(outgoing);
        answer.on("error", () => outgoing.destroy());
      },
    );
    forward.on("error", () => outgoing.destroy());
    outgoing.on("close", () => forward.destroy());
    incoming.pipe(forward);
  });
}

/** Serves `page` (HTML) on `localhost`, which is another site than 127.0.0.1. */
export function startTlsPage(certificate, page) {
  return listen(certificate, "localhost", (_incoming, outgoing) => {
    outgoing.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(page);
  });
}

async function listen(certificate, name, answer) {
  const server = createServer(certificate, answer);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `https://${name}:${server.address().port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
