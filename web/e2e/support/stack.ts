// The whole product for a browser test: API, scripted provider, nginx with the real nginx.conf and
// a host page on another site. All tests of a worker share a stack, so each uses its own browser
// context and thread and leaves the stack as it was.
import { readFileSync } from "node:fs";
import { test as base, expect, type Page } from "@playwright/test";
import { type Stack, startStack } from "../../../scripts/stack.mjs";

export type { Stack };
export { expect, startStack };

interface WorkerFixtures {
  stack: Stack;
}

interface TestFixtures {
  /** Adds the servers' last log lines to the report of a failed test. */
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

/**
 * Signs in on the page and stops at the settings, to which a visitor without a key is redirected.
 */
export async function signIn(page: Page, stack: Stack, origin = stack.appOrigin) {
  await page.goto(`${origin}/login`);
  await page.getByLabel("Passcode").fill(stack.passcode);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(/\/settings/);
  await expect(page.getByLabel("API key")).toBeVisible();
}

/** Signs in, saves a key, and waits until the chat is ready for a message. */
export async function openChat(page: Page, stack: Stack, origin = stack.appOrigin) {
  await signIn(page, stack, origin);
  await page.getByLabel("API key").fill(stack.apiKey);
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page).toHaveURL(/\/chat/);
  await expect(page.getByRole("textbox", { name: "Message" })).toBeFocused();
}

export async function send(page: Page, message: string) {
  await page.getByRole("textbox", { name: "Message" }).fill(message);
  await page.getByRole("button", { name: "Send" }).click();
}

/** Oldest first. */
export function answers(page: Page, agent: "Concierge" | "Archivist") {
  return page.getByRole("log", { name: "Conversation" }).getByRole("article", { name: agent });
}

/** Waits until no run is live. */
export async function untilAnswered(page: Page) {
  await expect(page.getByRole("button", { name: "Send" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Stop" })).toHaveCount(0);
}
