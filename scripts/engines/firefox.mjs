// Firefox by Marionette, the socket that geckodriver translates WebDriver to: the same commands
// without another program to install.

import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";

import { startChild, untilReady } from "../lib/child.mjs";
import { freePort } from "../lib/ports.mjs";
import { elementId } from "./webdriver.mjs";

/** Starts Firefox with a new profile in `folder`. @returns {Promise<import("./webdriver.mjs").Driver>} */
export async function startFirefox(folder, preferences = {}) {
  const port = await freePort();
  const settings = {
    "marionette.port": port,
    "browser.shell.checkDefaultBrowser": false,
    "datareporting.policy.dataSubmissionEnabled": false,
    "app.update.enabled": false,
    ...preferences,
  };
  const lines = Object.entries(settings).map(
    ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`,
  );
  writeFileSync(join(folder, "user.js"), lines.join("\n"));
  const log = join(folder, "firefox.log");
  const browser = startChild({
    name: "firefox",
    command: "firefox-esr",
    args: ["--marionette", "--headless", "--no-remote", "--profile", folder],
    env: { PATH: process.env.PATH, HOME: folder, TMPDIR: folder },
    log,
  });
  const marionette = await openMarionette(port, browser);
  await marionette.send("WebDriver:NewSession", { acceptInsecureCerts: true });
  return {
    navigate: (url) => marionette.send("WebDriver:Navigate", { url }),
    execute: async (script, args) =>
      (await marionette.send("WebDriver:ExecuteScript", { script, args })).value,
    switchToFrame: (frame) =>
      marionette.send(
        "WebDriver:SwitchToFrame",
        frame === null ? { id: null } : { element: elementId(frame) },
      ),
    async end() {
      marionette.close();
      await browser.stop(5_000);
    },
  };
}

/** Messages are `<length>:<JSON>`: `[0, id, name, parameters]` and `[1, id, error, result]`. */
async function openMarionette(port, browser) {
  const socket = await untilReady(browser, () => dial(port), 60_000);
  const waiting = new Map();
  let lastId = 0;
  let bytes = Buffer.alloc(0);
  socket.on("data", (chunk) => {
    bytes = Buffer.concat([bytes, chunk]);
    for (;;) {
      const colon = bytes.indexOf(":");
      const length = Number(bytes.subarray(0, colon));
      if (colon < 0 || bytes.length < colon + 1 + length) return;
      const message = JSON.parse(bytes.subarray(colon + 1, colon + 1 + length));
      bytes = bytes.subarray(colon + 1 + length);
      if (!Array.isArray(message)) continue;
      const [, id, error, result] = message;
      const { resolve, reject } = waiting.get(id) ?? {};
      waiting.delete(id);
      if (error) reject?.(new Error(`Firefox: ${error.error}: ${error.message}`));
      else resolve?.(result);
    }
  });
  socket.on("close", () => {
    for (const { reject } of waiting.values()) reject(new Error("Firefox has ended."));
  });
  return {
    send(name, parameters) {
      lastId += 1;
      const id = lastId;
      const text = JSON.stringify([0, id, name, parameters]);
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        socket.write(`${Buffer.byteLength(text)}:${text}`);
      });
    },
    close: () => socket.destroy(),
  };
}

/** Null if nothing listens on `port` of 127.0.0.1. */
function dial(port) {
  const socket = connect(port, "127.0.0.1");
  return new Promise((resolve) => {
    socket.once("connect", () => resolve(socket));
    socket.once("error", () => resolve(null));
  });
}
