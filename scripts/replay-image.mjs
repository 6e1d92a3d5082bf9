// Checks the images where no container engine runs: carries out the steps of Dockerfile.api and
// Dockerfile.web in plain folders, starts the results as unprivileged users (the API in a chroot, so
// that it has only what the image has), then signs in and chats through both.
//
//   node scripts/replay-image.mjs          uses the debug programs and node_modules already built
//   node scripts/replay-image.mjs --full   builds everything, as an engine would: takes minutes

import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { answers, lastLines, startChild, untilReady } from "./lib/child.mjs";
import { assignments, copy, execForm, ignored, parseDockerfile, read } from "./lib/dockerfile.mjs";
import { findNginx } from "./lib/nginx.mjs";
import { freePort } from "./lib/ports.mjs";
import { newPasscode, newSecret } from "./lib/secrets.mjs";
import { visit } from "./lib/visit.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const target = process.env.CARGO_TARGET_DIR ?? join(root, "target");
const full = process.argv.includes("--full");
/** Railway's private network is IPv6: the API listens there, and nginx connects to it there. */
const six = existsSync("/proc/net/if_inet6");
const isRoot = process.getuid?.() === 0;
const megabytes = { image: 25, program: 18 };

const say = (text) => console.log(text);

/** Replaces the two long steps, unless with --full. */
function shortcut(command, cwd) {
  if (full) return false;
  if (command.includes("cargo build")) {
    if (existsSync(join(cwd, "target/dist"))) return true;
    const program = join(target, "debug/smooth-operator");
    if (!existsSync(program)) throw new Error("smooth-operator is not built. Run: make build");
    mkdirSync(join(cwd, "target/dist"), { recursive: true });
    copyFileSync(program, join(cwd, "target/dist/smooth-operator"));
    return true;
  }
  if (command.startsWith("npm ci")) {
    symlinkSync(join(root, "web/node_modules"), join(cwd, "node_modules"));
    return true;
  }
  return false;
}

/** Carries out a Dockerfile below `folder`; returns its last stage. */
function play(file, folder) {
  say(`${file}`);
  const isIgnored = ignored(read(join(root, ".dockerignore")));
  const roots = new Map();
  let image;
  for (const { base, name, steps } of parseDockerfile(read(join(root, file)))) {
    const stage = { root: join(folder, name), env: {}, user: null };
    mkdirSync(stage.root, { recursive: true });
    roots.set(name, stage.root);
    let cwd = stage.root;
    let shell = ["/bin/sh", "-c"];
    const args = {};
    say(`  ${name}: ${base === "scratch" ? "nothing" : `this machine in place of ${base}`}`);
    for (const { keyword, text } of steps) {
      if (keyword === "WORKDIR") {
        cwd = join(stage.root, text);
        mkdirSync(cwd, { recursive: true });
      } else if (keyword === "SHELL") shell = execForm(text);
      else if (keyword === "ENV")
        Object.assign(stage.env, Object.fromEntries(assignments(text, args)));
      else if (keyword === "ARG") {
        const [[argument, value]] = assignments(text, args);
        if (value) args[argument] = value;
      } else if (keyword === "COPY") {
        copy(text, { cwd, root: stage.root, context: root, stages: roots, isIgnored });
      } else if (keyword === "RUN") {
        const short = shortcut(text, cwd);
        say(`    ${short ? "(as built) " : ""}${text.slice(0, 100)}`);
        if (short) continue;
        const { CARGO_TARGET_DIR: _, ...env } = process.env;
        const run = spawnSync(shell[0], [...shell.slice(1), text], {
          cwd,
          env: { ...env, ...args, ...stage.env },
          encoding: "utf8",
        });
        if (run.status !== 0) throw new Error(`RUN ${text}\n${run.stdout}\n${run.stderr}`);
      } else stage[keyword.toLowerCase()] = text;
    }
    image = stage;
  }
  return image;
}

const sizeOf = (path) => {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.size;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
};

function check(condition, sentence) {
  if (!condition) throw new Error(`expected: ${sentence}`);
  say(`  ok  ${sentence}`);
}

const healthCommand = (stage) => execForm(stage.healthcheck.replace(/^.*?CMD /, ""));

/** Runs a command of the API's image with the image as the whole file system, if permitted. */
function inside(stage, command) {
  if (!isRoot) return { command: join(stage.root, command[0]), args: command.slice(1) };
  return {
    command: "chroot",
    args: [`--userspec=${stage.user}`, "--groups=", stage.root, ...command],
  };
}

async function main() {
  const folder = mkdtempSync(join(tmpdir(), "smooth-operator-image-"));
  const children = [];
  const start = (name, { command, args }, env) => {
    const child = startChild({ name, command, args, env, log: join(folder, `${name}.log`) });
    children.unshift(child);
    return child;
  };
  try {
    // Other users must be able to enter it.
    chmodSync(folder, 0o755);
    const api = play("Dockerfile.api", join(folder, "api"));
    const web = play("Dockerfile.web", join(folder, "web"));

    const [user] = (api.user ?? "0").split(":");
    check(user !== "0" && user !== "root", "the API's image has a user who is not root");
    const program = sizeOf(join(api.root, execForm(api.entrypoint)[0]));
    const whole = sizeOf(api.root);
    const rest = megabytes.image - megabytes.program;
    check(
      whole - program < rest * 1e6,
      `besides its program it holds ${((whole - program) / 1e6).toFixed(1)} MB, of ${rest}`,
    );
    if (full) {
      check(
        program < megabytes.program * 1e6,
        `the program has ${(program / 1e6).toFixed(1)} MB, of ${megabytes.program}`,
      );
      check(
        whole < megabytes.image * 1e6,
        `the image has ${(whole / 1e6).toFixed(1)} MB, of ${megabytes.image}`,
      );
    }
    const pages = sizeOf(join(web.root, web.env.WEB_ROOT)) / 1e6;
    check(pages < 30, `the web app adds ${pages.toFixed(1)} MB to its base, of 30`);
    check(!existsSync(join(api.root, "bin")), "there is no shell in it");

    const [providerPort, apiPort, webPort] = [await freePort(), await freePort(), await freePort()];
    const path = `${process.env.PATH}:/usr/sbin`;
    const passcode = newPasscode();
    const provider = start(
      "provider",
      {
        command: join(target, "debug/examples/scripted-provider"),
        args: ["--port", `${providerPort}`],
      },
      { PATH: path },
    );
    await untilReady(provider, answers(`http://127.0.0.1:${providerPort}/_seen`));

    const apiEnv = {
      ...api.env,
      PATH: path,
      PORT: `${apiPort}`,
      HOST: six ? "::" : "0.0.0.0",
      APP_PASSCODE: passcode,
      SESSION_SECRET: newSecret(),
      CORS_ORIGINS: `http://127.0.0.1:${webPort}`,
      OPENAI_BASE_URL: `http://127.0.0.1:${providerPort}/v1`,
    };
    const apiChild = start("api", inside(api, execForm(api.entrypoint)), apiEnv);
    await untilReady(apiChild, answers(`http://127.0.0.1:${apiPort}/health`));
    const asked = inside(api, healthCommand(api));
    const health = () => spawnSync(asked.command, asked.args, { env: apiEnv, encoding: "utf8" });
    const healthy = health();
    check(healthy.status === 0, `its health check passes ${healthy.stderr}`.trim());
    if (isRoot)
      check(uidOf(apiChild.pid) === user, `it runs as ${user}, with nothing but its image`);

    // Paths at the image's root are below the folder here.
    const here = (value) => (value.startsWith("/") ? join(web.root, value) : value);
    const webEnv = {
      ...Object.fromEntries(Object.entries(web.env).map(([name, value]) => [name, here(value)])),
      PATH: `${join(findNginx(), "..")}:${path}`,
      PORT: `${webPort}`,
      API_UPSTREAM: `${six ? "[::1]" : "127.0.0.1"}:${apiPort}`,
    };
    mkdirSync(join(web.root, "tmp"));
    chmodSync(join(web.root, "tmp"), 0o1777);
    const [shell, entrypoint] = execForm(web.entrypoint);
    const asNobody = isRoot ? ["setpriv", "--reuid=65532", "--regid=65532", "--clear-groups"] : [];
    const [command, ...args] = [...asNobody, shell, here(entrypoint)];
    // An engine hands a container's outputs to its user; nginx opens /dev/stdout by name.
    writeFileSync(join(folder, "web.log"), "");
    chmodSync(join(folder, "web.log"), 0o666);
    const webChild = start("web", { command, args }, webEnv);
    await untilReady(webChild, answers(`http://127.0.0.1:${webPort}/config.json`));
    if (isRoot) check(uidOf(webChild.pid) === "65532", "nginx runs as somebody who is not root");
    const [healthShell, ...healthArgs] = healthCommand(web);
    execFileSync(healthShell, healthArgs, { env: webEnv });
    check(true, "its health check passes");

    for (const sentence of await visit(`http://127.0.0.1:${webPort}`, passcode, web)) {
      check(true, sentence);
    }

    const began = Date.now();
    const how = await apiChild.stop();
    check(how === "ended with exit code 0", `the API ends by itself when asked to (${how})`);
    check(Date.now() - began < 15_000, "within 15 s");
    check(health().status !== 0, "and its health check fails from then on");
    check(!readFileSync(apiChild.log, "utf8").includes(passcode), "no passcode is in its log");
  } finally {
    await Promise.all(children.map((child) => child.stop()));
    rmSync(folder, { recursive: true, force: true });
  }
}

const uidOf = (pid) => /^Uid:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1];

main().catch((error) => {
  console.error(`\n${error.message}\n`);
  process.exitCode = 1;
});
