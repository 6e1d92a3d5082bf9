// Takes the README's screenshots: starts the stack, chats as a visitor does, and writes
// docs/images/*.png, and handoff.gif, a silent animation of a handoff (by ImageMagick's `convert`).
// Run after `make build`: node scripts/screenshots.mjs

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { chromiumArgs, chromiumPath } from "./lib/chromium.mjs";
import { startStack } from "./stack.mjs";

const require = createRequire(new URL("../web/package.json", import.meta.url));
const { chromium } = require("@playwright/test");
const folder = fileURLToPath(new URL("../docs/images", import.meta.url));

async function picture(page, name) {
  // Wait until fonts and images are loaded and nothing moves.
  await page.evaluate(() => document.fonts.ready);
  const path = `${folder}/${name}.png`;
  await page.screenshot({ path, animations: "disabled", caret: "hide" });
  console.log(`${name}.png  ${Math.round(statSync(path).size / 1024)} KiB`);
}

async function signIn(page, stack) {
  await page.getByLabel("Passcode").fill(stack.passcode);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByLabel("API key").fill(stack.apiKey);
  await page.getByRole("button", { name: "Save" }).click();
}

async function ask(page, message) {
  await page.getByRole("textbox", { name: "Message" }).fill(message);
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByRole("button", { name: "Stop" }).waitFor();
  await page.getByRole("button", { name: "Send" }).waitFor();
}

async function chat(page, stack) {
  await page.goto(`${stack.appOrigin}/chat`);
  await signIn(page, stack);
  await ask(page, "Please keep a note that the demo is on Friday");
  await ask(page, "And what did I ask you to note?");
  await page.mouse.move(0, 0);
  await picture(page, "chat");
}

/** Hundredths of a second that a frame of the animation is shown, and the last one. */
const FRAME = 16;
const LAST_FRAME = 300;
const ANIMATION_MAX = 2_000_000;

/** The frames of a question, the handoff and the saved note. */
async function animation(page, stack) {
  await page.goto(`${stack.appOrigin}/chat`);
  await signIn(page, stack);
  const frames = mkdtempSync(join(tmpdir(), "handoff-"));
  let count = 0;
  const frame = async () => {
    count += 1;
    await page.screenshot({ path: join(frames, `${String(count).padStart(4, "0")}.png`) });
  };
  const box = page.getByRole("textbox", { name: "Message" });
  await frame();
  for (const word of "Please keep a note that the demo is on Friday".split(/(?<= )/)) {
    await box.pressSequentially(word);
    await frame();
  }
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByRole("button", { name: "Stop" }).waitFor();
  while (await page.getByRole("button", { name: "Stop" }).isVisible()) await frame();
  await frame();
  const path = join(folder, "handoff.gif");
  const last = join(frames, `${String(count).padStart(4, "0")}.png`);
  const delays = ["-delay", String(FRAME), join(frames, "*.png"), "-delay", String(LAST_FRAME), last];
  execFileSync("convert", [...delays, "-loop", "0", "-colors", "64", "-layers", "Optimize", path]);
  rmSync(frames, { recursive: true });
  const { size } = statSync(path);
  console.log(`handoff.gif  ${Math.round(size / 1024)} KiB, ${count} frames`);
  if (size > ANIMATION_MAX) throw new Error("handoff.gif is over 2 MB");
}

const stack = await startStack({ apiKey: "sk-demo" });
const browser = await chromium.launch({ executablePath: chromiumPath, args: chromiumArgs });
try {
  mkdirSync(folder, { recursive: true });
  const page = await browser.newPage({
    viewport: { width: 1280, height: 1060 },
    reducedMotion: "reduce",
  });
  await chat(page, stack);
  await page.close();

  const moving = await browser.newPage({ viewport: { width: 760, height: 620 } });
  await animation(moving, stack);
  await moving.close();

  const host = await browser.newPage({ viewport: { width: 1280, height: 760 } });
  await host.goto(stack.hostOrigin);
  await host.waitForLoadState("networkidle");
  await picture(host, "embedded");
} finally {
  await browser.close();
  await stack.stop();
}
