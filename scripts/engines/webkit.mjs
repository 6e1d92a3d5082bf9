// WebKitGTK's MiniBrowser with its WebDriver, on a virtual screen.

import { readdirSync } from "node:fs";
import { join } from "node:path";

import { startChild, untilReady } from "../lib/child.mjs";
import { freePort } from "../lib/ports.mjs";

const LIBRARIES = "/usr/lib";

/** The path of Debian's MiniBrowser, or null. */
export function findMiniBrowser() {
  for (const machine of readdirSync(LIBRARIES)) {
    const folder = join(LIBRARIES, machine);
    for (const version of ["webkitgtk-6.0", "webkit2gtk-4.1", "webkit2gtk-4.0"]) {
      const path = join(folder, version);
      try {
        if (readdirSync(path).includes("MiniBrowser")) return join(path, "MiniBrowser");
      } catch {
        // Another version, or none for this architecture.
      }
    }
  }
  return null;
}

/** Starts the driver and a browser. @returns {Promise<import("./webdriver.mjs").Driver>} */
export async function startWebKit(folder) {
  const port = await freePort();
  const display = `:${100 + (port % 400)}`;
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    TMPDIR: folder,
    XDG_RUNTIME_DIR: folder,
    DISPLAY: display,
    // Its own sandbox does not start for root, as in a container.
    WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1",
    WEBKIT_DISABLE_COMPOSITING_MODE: "1",
    LIBGL_ALWAYS_SOFTWARE: "1",
  };
  const start = (name, command, args) =>
    startChild({ name, command, args, env, log: join(folder, `${name}.log`) });
  const screen = start("xvfb", "Xvfb", [display, "-screen", "0", "1280x1024x24"]);
  const driver = start("webkit-driver", "WebKitWebDriver", [`--port=${port}`]);
  const end = async () => {
    await driver.stop(3_000);
    await screen.stop(3_000);
  };
  const send = (method, path, body) => request(`http://127.0.0.1:${port}${path}`, method, body);
  try {
    const ready = () => send("GET", "/status").then(() => true, () => false);
    await untilReady(driver, ready);
    const { sessionId } = await send("POST", "/session", {
      capabilities: {
        alwaysMatch: {
          acceptInsecureCerts: true,
          "webkitgtk:browserOptions": { binary: findMiniBrowser(), args: ["--automation"] },
        },
      },
    });
    const session = `/session/${sessionId}`;
    return {
      navigate: (url) => send("POST", `${session}/url`, { url }),
      execute: (script, args) => send("POST", `${session}/execute/sync`, { script, args }),
      switchToFrame: (frame) => send("POST", `${session}/frame`, { id: frame }),
      async end() {
        await send("DELETE", session).catch(() => {});
        await end();
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}

async function request(url, method, body) {
  const answer = await fetch(url, {
    method,
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(60_000),
  });
  const { value } = await answer.json();
  if (!answer.ok) throw new Error(`WebKit: ${value.error}: ${value.message}`);
  return value;
}
