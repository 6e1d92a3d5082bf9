// Takes pictures of pages and states in three widths, light and dark, to be looked at by eye.
// Run after `make build`: node scripts/look.mjs <folder> [language]

import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

import { chromiumArgs, chromiumPath } from "./lib/chromium.mjs";
import { startStack } from "./stack.mjs";

const require = createRequire(new URL("../web/package.json", import.meta.url));
const { chromium } = require("@playwright/test");
const [folder, language = "en"] = process.argv.slice(2);
if (!folder) throw new Error("Say where the pictures go: node scripts/look.mjs <folder> [language]");
mkdirSync(folder, { recursive: true });

const HEIGHT = 800;
const SIZES = [360, 768, 1440];
const LOOKS = ["light", "dark"];

/** The state that a page is in, in all sizes and looks. */
async function look(page, state) {
  await page.evaluate((tag) => {
    localStorage.setItem("so.language", tag);
    window.dispatchEvent(new StorageEvent("storage", { key: "so.language" }));
  }, language);
  for (const width of SIZES) {
    await page.setViewportSize({ width, height: HEIGHT });
    for (const colorScheme of LOOKS) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.evaluate(() => document.fonts.ready);
      const path = join(folder, `${state}-${width}-${colorScheme}.png`);
      await page.screenshot({ path, animations: "disabled", caret: "hide" });
    }
  }
  await page.evaluate(() => {
    localStorage.setItem("so.language", "en");
    window.dispatchEvent(new StorageEvent("storage", { key: "so.language" }));
  });
  await page.setViewportSize({ width: SIZES[0], height: HEIGHT });
  console.log(state);
}

const button = (page, name) => page.getByRole("button", { name, exact: true });

async function ask(page, message) {
  await page.getByRole("textbox", { name: "Message" }).fill(message);
  await button(page, "Send").click();
  await button(page, "Stop").waitFor();
  await button(page, "Send").waitFor();
}

async function signingIn(page, stack) {
  await page.goto(`${stack.appOrigin}/login`);
  await page.getByLabel("Passcode").fill("wrong");
  await button(page, "Sign in").click();
  await page.getByRole("alert").waitFor();
  await look(page, "login-refused");
  await page.getByLabel("Passcode").fill(stack.passcode);
  await button(page, "Sign in").click();
  await page.getByLabel("API key").fill(stack.apiKey);
  await button(page, "Save").click();
  await page.getByRole("textbox", { name: "Message" }).waitFor();
}

async function chatting(page) {
  await look(page, "chat-empty");
  await ask(page, "Please keep a note that the demo is on Friday");
  await button(page, "Saved note “The demo is on Friday”").click();
  await look(page, "chat-handoff");
  await ask(page, "Tell me a joke, then show me markdown");
  await look(page, "chat-markdown");
  await page.getByRole("textbox", { name: "Message" }).fill("[[fault:500]]");
  await button(page, "Send").click();
  await page.getByRole("alert").waitFor();
  await look(page, "chat-failed");
  for (const [name, state] of [
    ["Conversations", "drawer-conversations"],
    ["Notes", "drawer-notes"],
  ]) {
    await button(page, name).click();
    await page.getByRole("dialog").waitFor();
    await look(page, state);
    await page.keyboard.press("Escape");
  }
}

async function settings(page, stack) {
  await page.goto(`${stack.appOrigin}/settings`);
  await page.getByText("A key is saved").waitFor();
  await look(page, "settings");
  await button(page, "Sign out").click();
  await look(page, "settings-sign-out");
  await page.keyboard.press("Escape");
}

async function embedded(page, stack) {
  await page.goto(stack.hostOrigin);
  const inline = page.frameLocator("iframe").first();
  await inline.getByRole("textbox", { name: "Message" }).waitFor();
  await look(page, "host");
  await page.setViewportSize({ width: SIZES[2], height: HEIGHT });
  await button(page, "Open chat").click();
  await page.locator(".bubble iframe").contentFrame().getByRole("textbox").waitFor();
  await look(page, "host-bubble");
}

const stack = await startStack({ apiKey: "sk-demo" });
const browser = await chromium.launch({ executablePath: chromiumPath, args: chromiumArgs });
try {
  const page = await browser.newPage({ viewport: { width: SIZES[0], height: HEIGHT } });
  await signingIn(page, stack);
  await chatting(page);
  await settings(page, stack);
  await embedded(page, stack);
} finally {
  await browser.close();
  await stack.stop();
}
