// The whole product for a browser test: API, scripted provider, nginx with the real nginx.conf and
// a host page on another site. One stack serves all tests of a worker, so a test brings what it
// needs (its own browser context, its own thread) and leaves the stack as it was.
import { readFileSync } from "node:fs";
import { test as base, expect, type Page } from "@playwright/test";
import { type Stack, startStack } from "../../../scripts/stack.mjs";

export type { Stack };
export { expect, startStack };

interface WorkerFixtures {
  stack: Stack;
}

interface TestFixtures {
  /** Adds the servers' last words to the report of a failed test. */
  serverLogs: undefined;
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  stack: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names off this pattern
    async ({}, use) => {
      const stack = await startStack({ env: { LOG_LEVEL: "trace" } });
      await use(stack);
      await stack.stop();
    },
    { scope: "worker", timeout: 60_000 },
  ],

  baseURL: async ({ stack }, use) => use(stack.appOrigin),

  serverLogs: [
    async ({ stack }, use, testInfo) => {
      await use(undefined);
      if (testInfo.status === testInfo.expectedStatus) return;
      for (const part of [...stack.apis, stack.nginx]) {
        const lines = readFileSync(part.log, "utf8").split("\n").slice(-60).join("\n");
        await testInfo.attach(`${part.name}.log`, { body: lines, contentType: "text/plain" });
      }
    },
    { auto: true },
  ],
});

/** Signs in by the page and stops at the settings, where a visitor without a key is led. */
export async function signIn(page: Page, stack: Stack, origin = stack.appOrigin) {
  await page.goto(`${origin}/login`);
  await page.getByLabel("Passcode").fill(stack.passcode);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(/\/settings/);
  await expect(page.getByLabel("API key")).toBeVisible();
}

/** Signs in, saves a key, and waits for the chat to be ready to write in. */
export async function openChat(page: Page, stack: Stack, origin = stack.appOrigin) {
  await signIn(page, stack, origin);
  await page.getByLabel("API key").fill(stack.apiKey);
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page).toHaveURL(/\/chat/);
  await expect(page.getByRole("textbox", { name: "Message" })).toBeFocused();
}

/** Writes a message and sends it. */
export async function send(page: Page, message: string) {
  await page.getByRole("textbox", { name: "Message" }).fill(message);
  await page.getByRole("button", { name: "Send" }).click();
}

/** The answers so far, oldest first. */
export function answers(page: Page, agent: "Concierge" | "Archivist") {
  return page.getByRole("log", { name: "Conversation" }).getByRole("article", { name: agent });
}

/** Waits until no run is under way. */
export async function untilAnswered(page: Page) {
  await expect(page.getByRole("button", { name: "Send" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Stop" })).toHaveCount(0);
}
