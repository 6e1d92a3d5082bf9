// Checks that nginx accepts nginx.conf in every deployed shape: alone, with several replicas, and
// with every variable set.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { checkNginx, renderNginx, upstreams } from "./lib/nginx.mjs";

const shapes = {
  default: {},
  replicas: { API_UPSTREAM: upstreams(["127.0.0.1:8001", "127.0.0.1:8002"]) },
  full: {
    // IPv4 and IPv6 on one socket, as in the image.
    LISTEN: "[::]:8080 ipv6only=off",
    API_ORIGINS: "https://api.example https://other.example",
    EMBED_ANCESTORS: "'self' https://customer.example",
    RESOLVER: "[fd12::10]",
  },
};

const folder = mkdtempSync(join(tmpdir(), "smooth-operator-nginx-"));
try {
  for (const [name, variables] of Object.entries(shapes)) {
    const own = join(folder, name);
    checkNginx(renderNginx(own, variables), own);
    console.log(`${name}: accepted`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
