// Everything on this machine, started and ended together: the API (one process or more), the
// scripted provider, nginx with the real nginx.conf, and a host page on another site.
//
// `startStack(options)` is what the browser tests use; `node scripts/stack.mjs demo|run` is what
// `make demo` and `make run` use. Every run has its own ports and its own temporary folder.

import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { lastLines, startChild } from "./lib/child.mjs";
import { startHostSite } from "./lib/host-site.mjs";
import { checkNginx, findNginx, nginxArguments, renderNginx, upstreams } from "./lib/nginx.mjs";
import { claimPort } from "./lib/ports.mjs";
import { newPasscode, newSessionSecret } from "./lib/secrets.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

/** A built program, or the sentence that says how to build it. */
function program(name, folder) {
  const target = process.env.CARGO_TARGET_DIR ?? join(root, "target");
  const path = join(target, folder, name);
  if (!existsSync(path)) throw new Error(`${name} is not built. Run: make build`);
  return path;
}

/** Polls `url` until it answers 200. A child that ends meanwhile ends the waiting. */
async function untilReady(url, child, limit = 30_000) {
  const deadline = Date.now() + limit;
  let ended = null;
  child.exited.then((how) => {
    ended = how;
  });
  for (;;) {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(() => null);
    if (answer?.ok) return;
    if (ended) throw new Error(`${child.name} ${ended}:\n${lastLines(child.log)}`);
    if (Date.now() > deadline) {
      throw new Error(
        `${child.name} does not answer at ${url} after ${limit / 1000} s:\n${lastLines(child.log)}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/**
 * @typedef {object} StackOptions
 * @property {number} [webPort] port of nginx; any free one when left out
 * @property {number} [hostPort] port of the host page; any free one when left out
 * @property {boolean} [scripted] true (default): the scripted provider answers;
 *   false: OPENAI_BASE_URL of `env`
 * @property {number} [replicas] API processes behind nginx, 1 by default
 * @property {Record<string, string>} [env] more configuration of the API
 * @property {Record<string, string>} [nginx] more variables of nginx.conf
 * @property {string} [apiKey] the key of the host page's backend, and `stack.apiKey`
 * @property {string} [profile] folder of the built programs in target/, "debug" by default
 */

/** Starts the stack; when it cannot, nothing of it is left. @param {StackOptions} options */
export async function startStack(options = {}) {
  const { scripted = true, replicas = 1, profile = "debug" } = options;
  const folder = mkdtempSync(join(tmpdir(), "smooth-operator-"));
  const logs = join(folder, "logs");
  mkdirSync(logs);
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  process.on("exit", removeFolder);

  let stopping = false;
  let reportCrash;
  /** Resolves with a sentence when a part ends by itself; stays pending otherwise. */
  const crashed = new Promise((resolve) => {
    reportCrash = resolve;
  });
  const ends = [];

  /** A part that may be stopped and started again; its own crash ends the whole. */
  function part(name, command, args, env, readyUrl) {
    const self = { name, log: join(logs, `${name}.log`), child: null, wanted: false };
    self.start = async () => {
      self.wanted = true;
      const child = startChild({ name, command, args, env, log: self.log });
      self.child = child;
      child.exited.then((how) => {
        if (self.wanted && !stopping && self.child === child) {
          reportCrash(`${name} ${how}. Its last lines:\n${lastLines(self.log)}`);
        }
      });
      await untilReady(readyUrl, child);
    };
    self.stop = () => {
      self.wanted = false;
      return self.child.stop();
    };
    /** Sends a signal; after a deadly one the part is meant to be away. */
    self.kill = (signal) => {
      if (signal === "SIGKILL" || signal === "SIGTERM") self.wanted = false;
      self.child.kill(signal);
      return self.child.exited;
    };
    ends.unshift(() => self.child && self.stop());
    return self;
  }

  async function stop() {
    if (stopping) return;
    stopping = true;
    await Promise.all(ends.map((end) => end()));
    removeFolder();
    process.off("exit", removeFolder);
  }

  try {
    const webPort = await claimPort(options.webPort, { purpose: "the chat", variable: "WEB_PORT" });
    const hostPort = await claimPort(options.hostPort, {
      purpose: "the demo host page",
      variable: "HOST_PORT",
    });
    const appOrigin = `http://127.0.0.1:${webPort}`;
    const hostOrigin = `http://localhost:${hostPort}`;
    const secrets = {
      APP_PASSCODE: options.env?.APP_PASSCODE ?? newPasscode(),
      SESSION_SECRET: options.env?.SESSION_SECRET ?? newSessionSecret(),
    };
    const apiKey = options.apiKey ?? `sk-test-${randomBytes(12).toString("hex")}`;
    const base = { PATH: process.env.PATH, HOME: folder, TMPDIR: folder };

    let provider = null;
    if (scripted) {
      const port = await claimPort(0, {});
      const command = program("examples/scripted-provider", profile);
      const url = `http://127.0.0.1:${port}`;
      provider = part("provider", command, ["--port", `${port}`], base, `${url}/_seen`);
      provider.url = url;
    }

    const apis = [];
    for (let index = 1; index <= replicas; index += 1) {
      const port = await claimPort(0, {});
      const env = {
        ...base,
        TRUSTED_PROXIES: "127.0.0.1/32",
        CORS_ORIGINS: appOrigin,
        ...(scripted ? { OPENAI_BASE_URL: `${provider.url}/v1` } : {}),
        ...options.env,
        ...secrets,
        PORT: `${port}`,
        HOST: "127.0.0.1",
      };
      const name = replicas === 1 ? "api" : `api-${index}`;
      const url = `http://127.0.0.1:${port}`;
      const api = part(name, program("smooth-operator", profile), [], env, `${url}/health`);
      apis.push(Object.assign(api, { url, address: `127.0.0.1:${port}` }));
    }

    const nginxFolder = join(folder, "nginx");
    const config = renderNginx(nginxFolder, {
      LISTEN: `127.0.0.1:${webPort}`,
      API_UPSTREAM: upstreams(apis.map((api) => api.address)),
      ...options.nginx,
    });
    checkNginx(config, nginxFolder);
    const nginx = part(
      "nginx",
      findNginx(),
      nginxArguments(config, nginxFolder),
      base,
      `${appOrigin}/health`,
    );

    await provider?.start();
    await Promise.all(apis.map((api) => api.start()));
    await nginx.start();
    const host = await startHostSite({
      port: hostPort,
      appOrigin,
      apiUrl: apis[0].url,
      passcode: secrets.APP_PASSCODE,
      apiKey,
      siteId: "demo",
    });
    ends.push(() => host.close());

    return {
      appOrigin,
      hostOrigin,
      webPort,
      passcode: secrets.APP_PASSCODE,
      apiKey,
      folder,
      logs,
      provider,
      apis,
      nginx,
      crashed,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
