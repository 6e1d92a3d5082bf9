// Parts of the stack whose failures people see: ports, the template, child processes.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { lastLines, startChild } from "../lib/child.mjs";
import { eventually } from "../lib/eventually.mjs";
import { renderNginx, upstreams } from "../lib/nginx.mjs";
import { claimPort, freePort } from "../lib/ports.mjs";

async function inFolder(run) {
  const folder = mkdtempSync(join(tmpdir(), "smooth-operator-test-"));
  try {
    return await run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test("a taken port is reported by purpose, number and the name that changes it", async () => {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  try {
    await assert.rejects(
      claimPort(port, { purpose: "the chat", variable: "WEB_PORT" }),
      (error) => {
        assert.match(error.message, new RegExp(`Port ${port}, meant for the chat, is taken`));
        assert.match(error.message, /WEB_PORT=\d+/);
        return true;
      },
    );
  } finally {
    server.close();
  }
});

test("a free port can be had", async () => {
  const port = await freePort();
  assert.equal(await claimPort(port, {}), port);
});

test("every name of the template is filled in, nginx's own are left", () =>
  inFolder((folder) => {
    const text = readFileSync(
      renderNginx(folder, { API_UPSTREAM: upstreams(["a:1", "b:2"]) }),
      "utf8",
    );
    assert.doesNotMatch(text.replace(/^#.*$/gm, ""), /\$\{/);
    assert.match(text, /\$http_host/);
    assert.match(text, /server a:1; server b:2 ;/);
  }));

test("a value that would break out of its place is refused", () =>
  inFolder((folder) => {
    for (const value of ['"', "a\nb", "$host", "{", "'"]) {
      assert.throws(() => renderNginx(folder, { API_ORIGINS: value }), /API_ORIGINS/);
    }
    renderNginx(folder, { EMBED_ANCESTORS: "'self'" });
  }));

/** The status of a process in Linux; empty if there is none. */
function statOf(pid) {
  return existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, "utf8") : "";
}

test("a child is stopped with all that it started, and its log is kept", { timeout: 10_000 }, () =>
  inFolder(async (folder) => {
    const log = join(folder, "log");
    const script = "sleep 60 & echo $!; echo ready; wait";
    const child = startChild({
      name: "x",
      command: "sh",
      args: ["-c", script],
      env: process.env,
      log,
    });
    await eventually("it is ready", () => readFileSync(log, "utf8").includes("ready"));
    assert.equal(await child.stop(), "was ended by SIGTERM");
    const [grandchild, ready] = lastLines(log).split("\n");
    assert.equal(ready, "ready");
    // Gone, or dead and not yet collected by its new parent.
    const isGone = () => !/^\d+ \(sleep\) [^ZX]/.test(statOf(grandchild));
    await eventually("the grandchild is gone", isGone);
  }),
);

test("a child that does not listen is made to end", () =>
  inFolder(async (folder) => {
    const log = join(folder, "log");
    const script =
      "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('ready')";
    const child = startChild({
      name: "deaf",
      command: process.execPath,
      args: ["-e", script],
      env: process.env,
      log,
    });
    await eventually("it is ready", () => readFileSync(log, "utf8").includes("ready"));
    assert.equal(await child.stop(50), "was ended by SIGKILL");
  }));

test("a program that is not there is a sentence, not an exception", () =>
  inFolder(async (folder) => {
    const child = startChild({ name: "x", command: "/no/such", env: {}, log: join(folder, "log") });
    assert.match(await child.exited, /could not be started/);
  }));
