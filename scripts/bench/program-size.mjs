// Size, start and idle memory of a built `smooth-operator` that keeps everything in a new SQLite file:
// node program-size.mjs <profile folder>

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { eventually } from "../lib/eventually.mjs";
import { freePort } from "../lib/ports.mjs";
import { newPasscode, newSecret } from "../lib/secrets.mjs";
import { residentMemory } from "./process.mjs";

const limits = { megabytes: 20, startMilliseconds: 100, idleMegabytes: 17 };
const starts = 5;

const root = fileURLToPath(new URL("../..", import.meta.url));
const target = process.env.CARGO_TARGET_DIR ?? join(root, "target");
const program = join(target, process.argv[2] ?? "dist", "smooth-operator");

function accepts(port) {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/** Starts it; returns milliseconds until it accepts connections, and its memory when idle. */
async function measure() {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "smooth-operator-size-"));
  const began = performance.now();
  const child = spawn(program, {
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      PORT: `${port}`,
      HOST: "127.0.0.1",
      APP_PASSCODE: newPasscode(),
      SESSION_SECRET: newSecret(),
      CORS_ORIGINS: "http://127.0.0.1:8080",
      DATABASE_URL: `sqlite:${folder}/smooth-operator.db`,
      DRAIN_SECONDS: "0",
      LOG_LEVEL: "warn",
    },
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  let away = false;
  ended.then(() => {
    away = true;
  });
  try {
    const started = async () => {
      if (away) throw new Error(`${program} ended at once`);
      return accepts(port);
    };
    await eventually("the program accepts connections", started, { every: 1 });
    const milliseconds = performance.now() - began;
    // A request, so that lazy parts are initialised.
    await (await fetch(`http://127.0.0.1:${port}/health`)).text();
    // pause: lets the program become idle before it is measured
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    return { milliseconds, memory: residentMemory(child.pid) };
  } finally {
    child.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
}

const runs = [];
for (let index = 0; index < starts; index += 1) runs.push(await measure());
const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

const rows = [
  ["program", statSync(program).size / 1e6, limits.megabytes, "MB"],
  ["start", median(runs.map((run) => run.milliseconds)), limits.startMilliseconds, "ms"],
  ["idle memory", median(runs.map((run) => run.memory / 1e6)), limits.idleMegabytes, "MB"],
];
for (const [name, value, limit, unit] of rows) {
  const verdict = value <= limit ? "ok" : "TOO MUCH";
  console.log(
    `${name.padEnd(14)}${value.toFixed(1).padStart(8)} ${unit}  of ${limit} ${unit}  ${verdict}`,
  );
  if (value > limit) process.exitCode = 1;
}
