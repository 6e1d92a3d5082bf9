// The core of the product in Firefox and WebKit: sign-in, chat, handoff, resume, Stop, the frame
// across sites and the bubble. web/e2e tests Chromium. A missing engine is skipped and named.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { startStack } from "../stack.mjs";
import { startFirefox } from "./firefox.mjs";
import { makeCertificate, startTlsPage, startTlsProxy } from "./tls-sites.mjs";
import { Browser } from "./webdriver.mjs";
import { findMiniBrowser, startWebKit } from "./webkit.mjs";

const has = (program, ...args) => spawnSync(program, args).error === undefined;
const NO_COOKIES_IN_FRAMES = { "network.cookie.cookieBehavior": 1 };

const engines = [
  {
    name: "Firefox",
    lacks: has("firefox-esr", "--version") ? null : "firefox-esr is not installed",
    start: async (folder) => new Browser(await startFirefox(folder)),
  },
  {
    name: "Firefox without third-party cookies",
    lacks: has("firefox-esr", "--version") ? null : "firefox-esr is not installed",
    start: async (folder) => new Browser(await startFirefox(folder, NO_COOKIES_IN_FRAMES)),
    deniesChannels: true,
  },
  {
    name: "WebKit",
    lacks:
      has("WebKitWebDriver", "--version") && has("Xvfb", "-help") && findMiniBrowser()
        ? null
        : "webkit2gtk-driver or xvfb is not installed",
    start: async (folder) => new Browser(await startWebKit(folder), 1_500),
  },
];

let stack;
let app;
let host;
const folders = [];

function newFolder() {
  const folder = mkdtempSync(join(tmpdir(), "so-engine-"));
  folders.push(folder);
  return folder;
}

before(async () => {
  stack = await startStack();
  const certificate = makeCertificate(newFolder());
  app = await startTlsProxy(certificate, stack.appOrigin);
  host = await startTlsPage(
    certificate,
    `<!doctype html><html lang="en"><title>Host</title><body>
     <div id="inline"></div><script src="${app.origin}/embed/smoothoperator.js"></script>
     <script>
       window.heard = [];
       window.inline = SmoothOperator.mount("#inline", { siteId: "shop", height: 600 });
       window.bubble = SmoothOperator.mount(null, { siteId: "shop", mode: "bubble" });
       for (const name of ["ready", "signedin", "runend"]) window.inline.on(name, () => window.heard.push(name));
     </script></body></html>`,
  );
});

after(async () => {
  await host?.close();
  await app?.close();
  await stack?.stop();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
});

async function signIn(browser) {
  await browser.fill("Passcode", stack.passcode);
  await browser.press("Sign in");
  await browser.fill("API key", stack.apiKey);
  await browser.press("Save");
  await browser.until("the message box", 'return !!document.querySelector("[data-main-field]")');
}

async function say(browser, message) {
  await browser.fill("Message", message);
  await browser.press("Send");
}

const numbers = `return (document.querySelector('[role="log"]')?.innerText.match(/[a-z]-\\d+/g) ?? [])
  .map((word) => Number(word.split("-")[1]))`;

/** Whether the browser partitions frames of other sites, so that they cannot communicate. */
const isDenied = "try { new BroadcastChannel('x').close(); return false } catch { return true }";

for (const { name, lacks, start, deniesChannels = false } of engines) {
  describe(name, { skip: lacks ?? false, concurrency: false }, () => {
    let browser;
    /** Each test starts its own browser. */
    async function walk(steps) {
      browser = await start(newFolder());
      try {
        await steps();
      } finally {
        await browser.end();
      }
    }

    test("signs in, chats, hands over, stops and resumes", async () => {
      await walk(async () => {
        await browser.goto(`${app.origin}/`);
        await signIn(browser);
        await say(browser, "Please keep a note that the demo is on Friday");
        await browser.sees("Concierge handed over to Archivist");
        await browser.until(
          "an answer of the Archivist",
          `return !!document.querySelector('article[aria-label="Archivist"]')`,
        );
        await browser.until(
          "the end of the answer",
          `return !!document.querySelector('button[aria-label="Send"]')`,
        );

        await say(browser, "long 400 [[pace:40]]");
        await browser.until("the beginning of an answer", `${numbers}.length > 5`);
        await browser.press("Stop");
        await browser.sees("Stopped");

        await say(browser, "long 100 [[pace:40]]");
        await browser.until("a new answer", `${numbers}.at(-1) < 90 && ${numbers.slice(7)}.length > 5`);
        await browser.goto(await browser.run("return location.href"));
        await browser.until("the whole answer", `${numbers}.at(-1) === 100`);
        const last = (await browser.run(numbers)).slice(-100);
        assert.deepEqual(last, Array.from({ length: 100 }, (_, index) => index + 1));
      });
    });

    test("works in a frame on another site", async () => {
      await walk(async () => {
        await browser.goto(host.origin);
        await browser.enterWidget("#inline > div");
        assert.equal(await browser.run(isDenied), deniesChannels);
        await signIn(browser);
        await say(browser, "Hello from a frame");
        await browser.sees("Hello from a frame");
        await browser.leaveFrame();
        await browser.until("the event", 'return window.heard.includes("runend")');

        await browser.goto(host.origin);
        await browser.enterWidget("#inline > div");
        await browser.sees("Hello from a frame");
      });
    });

    test("opens and closes the bubble", async () => {
      await walk(async () => {
        await browser.goto(host.origin);
        await browser.press("Open chat");
        await browser.enterWidget("html > div");
        await browser.sees("Sign in");
        await browser.key("Escape");
        await browser.leaveFrame();
        await browser.until("a closed bubble", "return !window.bubble.getState().open");
        await browser.press("Open chat");
        await browser.until("an open bubble", "return window.bubble.getState().open");
      });
    });
  });
}
