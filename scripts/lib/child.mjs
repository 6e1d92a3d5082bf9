// A child process with its own log file. It leads a process group, so that Ctrl-C in a terminal
// reaches only us, and we stop it and its own children in our order.

import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";

import { eventually } from "./eventually.mjs";

const running = new Set();

// Leave no child behind, even after an exception.
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** The last lines of a log, for an error message. */
export function lastLines(path, count = 20) {
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  return lines.slice(-count).join("\n");
}

/**
 * Starts `command`; both of its outputs are appended to the file `log`.
 * `exited` resolves with a sentence about how it ended, and never rejects.
 */
export function startChild({ name, command, args = [], env, log }) {
  const output = openSync(log, "a", 0o600);
  const child = spawn(command, args, { env, detached: true, stdio: ["ignore", output, output] });
  closeSync(output);

  const handle = {
    name,
    log,
    pid: child.pid,
    exited: new Promise((resolve) => {
      child.once("error", (error) => {
        running.delete(handle);
        resolve(`could not be started: ${error.message}`);
      });
      child.once("exit", (code, signal) => {
        running.delete(handle);
        resolve(signal ? `was ended by ${signal}` : `ended with exit code ${code}`);
      });
    }),
    /** Sends `signal` to the child and its process group. */
    kill(signal) {
      if (!running.has(handle)) return;
      try {
        process.kill(-child.pid, signal);
      } catch (error) {
        if (error.code !== "ESRCH") throw error;
      }
    },
    /** Sends SIGTERM, then SIGKILL after `grace` milliseconds, and waits until it has ended. */
    async stop(grace = 16_000) {
      handle.kill("SIGTERM");
      // pause: the time in which it may end by itself
      const insist = setTimeout(() => handle.kill("SIGKILL"), grace);
      const how = await handle.exited;
      clearTimeout(insist);
      return how;
    },
  };
  if (child.pid) running.add(handle);
  return handle;
}

/** Polls `ready` until it returns something truthy, and returns that; throws if the child ends. */
export function untilReady(child, ready, within = 30_000) {
  let ended = null;
  child.exited.then((how) => {
    ended = how;
  });
  const probe = async () => {
    const found = await ready();
    if (!found && ended) throw new Error(`${child.name} ${ended}:\n${lastLines(child.log)}`);
    return found;
  };
  return eventually(`${child.name} answers`, probe, { within, detail: () => lastLines(child.log) });
}

/** Checks that `url` answers 200. */
export function answers(url) {
  return async () => {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(() => null);
    return answer?.ok ?? false;
  };
}
