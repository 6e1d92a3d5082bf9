// The whole product on this machine, started and stopped together: one or more API processes, the
// scripted provider, nginx with the real nginx.conf, a host page on another site, and optionally its
// own Redis and Postgres.
//
// The browser tests and scripts/serve.mjs call `startStack(options)`. Every stack has its own ports
// and its own temporary folder.

import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { answers, lastLines, startChild, untilReady } from "./lib/child.mjs";
import { startHostSite } from "./lib/host-site.mjs";
import { checkNginx, findNginx, nginxArguments, renderNginx, upstreams } from "./lib/nginx.mjs";
import { claimPort } from "./lib/ports.mjs";
import { writeShopAgents } from "./lib/shop-agents.mjs";
import { privatePostgres } from "./lib/postgres.mjs";
import { privateRedis } from "./lib/redis.mjs";
import { newPasscode, newSecret } from "./lib/secrets.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const deadly = new Set(["SIGKILL", "SIGTERM", "SIGINT", "SIGQUIT"]);

/** The path of a built program; throws with the command that builds it. */
function program(name, folder) {
  const target = process.env.CARGO_TARGET_DIR ?? join(root, "target");
  const path = join(target, folder, name);
  if (!existsSync(path)) throw new Error(`${name} is not built. Run: make build`);
  return path;
}

/**
 * @typedef {object} StackOptions
 * @property {number} [webPort] port of nginx; any free one when left out
 * @property {number} [hostPort] port of the host page; any free one when left out
 * @property {boolean} [scripted] true (default): the scripted provider answers;
 *   false: OPENAI_BASE_URL of `env`
 * @property {boolean} [shop] true: the plant shop's MCP server runs, and its Clerk answers; false
 *   (default): the agents of AGENTS_FILE, or the built-in ones
 * @property {string} [shopProfile] folder of the shop's program, if it is another than `profile`
 * @property {number} [shopPause] how long a call at the shop takes, in milliseconds
 * @property {number} [replicas] API processes behind nginx, 1 by default
 * @property {boolean} [stores] true: a Redis and a Postgres of the stack's own; false (default):
 *   everything in memory, unless `env` says otherwise
 * @property {(socket: string) => Promise<string>} [beforePostgres] starts a proxy before the own
 *   Postgres, which listens at a Unix socket; gives the address that the API uses
 * @property {boolean} [sqlite] true: a SQLite file of the stack's own
 * @property {Record<string, string>} [env] more configuration of the API
 * @property {Record<string, string>} [nginx] more variables of nginx.conf
 * @property {string} [apiKey] the key of the host page's backend, and `stack.apiKey`
 * @property {string} [profile] folder of the built programs in target/, "debug" by default
 */

/** Starts the stack; stops everything again when a part fails. @param {StackOptions} options */
export async function startStack(options = {}) {
  const { scripted = true, replicas = 1, stores = false, profile = "debug" } = options;
  const folder = mkdtempSync(join(tmpdir(), "smooth-operator-"));
  const logs = join(folder, "logs");
  mkdirSync(logs);
  const base = { PATH: process.env.PATH, HOME: folder, TMPDIR: folder };
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  process.on("exit", removeFolder);

  let stopping = false;
  let reportCrash;
  /** Resolves with a sentence when a part ends unexpectedly; stays pending otherwise. */
  const crashed = new Promise((resolve) => {
    reportCrash = resolve;
  });
  const ends = [];
  const storeEnds = [];

  /** A part that can be stopped and started again; its crash fails the whole stack. */
  function part(name, command, args, env, ready) {
    const self = { name, env, log: join(logs, `${name}.log`), child: null, wanted: false };
    self.start = async () => {
      self.wanted = true;
      const child = startChild({ name, command, args, env: self.env, log: self.log });
      self.child = child;
      child.exited.then((how) => {
        if (self.wanted && !stopping && self.child === child) {
          reportCrash(`${name} ${how}. Its last lines:\n${lastLines(self.log)}`);
        }
      });
      await untilReady(child, ready);
    };
    self.stop = () => {
      self.wanted = false;
      return self.child.stop();
    };
    /** Sends a signal. After a deadly one the part is expected to be down. */
    self.kill = (signal) => {
      if (deadly.has(signal)) self.wanted = false;
      self.child.kill(signal);
      return self.child.exited;
    };
    return self;
  }

  /** A part that stops with the stack. */
  function served(...of) {
    const self = part(...of);
    ends.unshift(() => self.child && self.stop());
    return self;
  }

  /** They are killed rather than stopped, since their data is discarded. */
  function startStores() {
    const own = privateRedis(join(folder, "redis"));
    const redis = part("redis", own.command, own.args, base, own.ready);
    storeEnds.push(() => redis.child && redis.kill("SIGKILL"));

    const ownPostgres = privatePostgres();
    const { command, args } = ownPostgres;
    const postgres = part("postgres", command, args, base, ownPostgres.ready);
    const signalAll = (signal) => ownPostgres.signalAll(postgres.child.pid, signal);
    storeEnds.push(async () => {
      if (postgres.child) {
        postgres.kill("SIGQUIT");
        postgres.kill("SIGCONT");
        await postgres.child.exited;
      }
      ownPostgres.remove();
    });
    return {
      redis: Object.assign(redis, { snapshot: own.snapshot }),
      postgres: Object.assign(postgres, {
        dump: ownPostgres.dump,
        query: ownPostgres.query,
        socket: ownPostgres.socket,
        signalAll,
      }),
      env: { REDIS_URL: own.url, DATABASE_URL: ownPostgres.url },
    };
  }

  async function stop() {
    if (stopping) return;
    stopping = true;
    await Promise.all(ends.map((end) => end()));
    // A stopping replica still writes.
    await Promise.all(storeEnds.map((end) => end()));
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
      SESSION_SECRET: options.env?.SESSION_SECRET ?? newSecret(),
      SITE_SECRET: options.env?.SITE_SECRET ?? newSecret(),
    };
    // The first of a list is the current one.
    const siteSecret = secrets.SITE_SECRET.split(",")[0].trim();
    const apiKey = options.apiKey ?? `sk-test-${randomBytes(12).toString("hex")}`;

    let provider = null;
    if (scripted) {
      const port = await claimPort(0, {});
      const command = program("examples/scripted-provider", profile);
      const url = `http://127.0.0.1:${port}`;
      provider = served("provider", command, ["--port", `${port}`], base, answers(`${url}/_seen`));
      provider.url = url;
    }

    let shop = null;
    let shopEnv = {};
    if (options.shop) {
      const port = await claimPort(0, {});
      const command = program("examples/mcp-shop", options.shopProfile ?? profile);
      const args = ["--port", `${port}`, "--pause", `${options.shopPause ?? 0}`];
      const url = `http://127.0.0.1:${port}`;
      shop = served("mcp-shop", command, args, base, answers(`${url}/health`));
      shop.url = url;
      shopEnv = { AGENTS_FILE: writeShopAgents(folder, `${url}/mcp`) };
    }

    const own = stores ? startStores() : null;
    if (own && options.beforePostgres) {
      own.env.DATABASE_URL = await options.beforePostgres(own.postgres.socket);
    }
    const apis = [];
    for (let index = 1; index <= replicas; index += 1) {
      const port = await claimPort(0, {});
      const env = {
        ...base,
        TRUSTED_PROXIES: "127.0.0.1/32",
        DRAIN_SECONDS: "0",
        ...(scripted ? { MESSAGES_PER_MINUTE: "0" } : {}),
        CORS_ORIGINS: appOrigin,
        ...(scripted ? { OPENAI_BASE_URL: `${provider.url}/v1`, OPENAI_MODEL: "scripted-1" } : {}),
        ...own?.env,
        ...(options.sqlite ? { DATABASE_URL: `sqlite:${join(folder, "chat.db")}` } : {}),
        ...shopEnv,
        ...options.env,
        ...secrets,
        PORT: `${port}`,
        HOST: "127.0.0.1",
      };
      const name = replicas === 1 ? "api" : `api-${index}`;
      const url = `http://127.0.0.1:${port}`;
      const command = program("smooth-operator", profile);
      const api = served(name, command, [], env, answers(`${url}/health`));
      apis.push(Object.assign(api, { url, address: `127.0.0.1:${port}` }));
    }

    const nginxFolder = join(folder, "nginx");
    const config = renderNginx(nginxFolder, {
      LISTEN: `127.0.0.1:${webPort}`,
      API_UPSTREAM: upstreams(apis.map((api) => api.address)),
      ...options.nginx,
    });
    checkNginx(config, nginxFolder);
    const nginx = served(
      "nginx",
      findNginx(),
      nginxArguments(config, nginxFolder),
      base,
      answers(`${appOrigin}/health`),
    );

    await Promise.all([provider, shop, own?.redis, own?.postgres].map((one) => one?.start()));
    await Promise.all(apis.map((api) => api.start()));
    await nginx.start();
    const host = await startHostSite({
      port: hostPort,
      appOrigin,
      apiUrl: apis[0].url,
      siteSecret,
      apiKey,
      siteId: "demo",
    });
    ends.push(() => host.close());

    return {
      appOrigin,
      hostOrigin,
      webPort,
      passcode: secrets.APP_PASSCODE,
      siteSecret,
      apiKey,
      folder,
      logs,
      provider,
      shop,
      apis,
      redis: own?.redis ?? null,
      postgres: own?.postgres ?? null,
      nginx,
      crashed,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
