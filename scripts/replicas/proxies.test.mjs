// The stack behind another proxy: an nginx with default settings, which buffers.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { startChild } from "../lib/child.mjs";
import { findNginx, nginxArguments } from "../lib/nginx.mjs";
import { claimPort } from "../lib/ports.mjs";
import { startStack } from "../stack.mjs";
import { retried, Visitor } from "./visitor.mjs";

let stack, outer, origin;
before(async () => {
  stack = await startStack({ env: { TRUSTED_PROXIES: "hops:2" } });
  const folder = join(stack.folder, "outer");
  mkdirSync(folder);
  const port = await claimPort(0, {});
  origin = `http://127.0.0.1:${port}`;
  const config = join(folder, "nginx.conf");
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  writeFileSync(
    config,
    `pid ${folder}/nginx.pid;
events {}
http {
  access_log off;
  ${paths.map((name) => `${name}_temp_path ${folder}/${name};`).join("\n  ")}
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass ${stack.appOrigin};
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto "HTTPS, http";
    }
  }
}
`,
  );
  outer = startChild({
    name: "outer nginx",
    command: findNginx(),
    args: nginxArguments(config, folder),
    env: { PATH: process.env.PATH },
    log: join(stack.logs, "outer.log"),
  });
  await retried(() => new Visitor(origin).json("GET", "/health"));
});
after(async () => {
  await outer?.stop();
  await stack?.stop();
});

test("words arrive one by one through a buffering proxy", async () => {
  const visitor = new Visitor(origin);
  await visitor.signIn(stack);
  const run = visitor.chat({ message: "[[pace:30]]long 100" });
  await run.rest();
  const deltas = run.events.filter((event) => event.delta).length;
  const moments = new Set(run.times).size;
  assert(deltas > 50 && moments > deltas / 2, `${deltas} deltas at ${moments} moments`);
});

test("the first value of X-Forwarded-Proto counts, in any case", async () => {
  const visitor = new Visitor(origin);
  await visitor.signIn(stack);
  const { url } = await visitor.json("POST", "/api/mcp-tokens");
  assert.equal(url, `${origin.replace("http:", "https:")}/mcp`);
  const page = await fetch(origin);
  assert.match(page.headers.get("strict-transport-security") ?? "", /max-age/);
});
