// The plant shop's agent and server with the real API: a permission outlives the page that
// requested it, and the process.
import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { expect, openChat, type Stack, send, startStack, test } from "./support/stack";

const asked = (tab: Page) => tab.getByRole("region", { name: "Clerk asks for your permission" });
const choose = (tab: Page, name: string) =>
  asked(tab).getByRole("button", { name, exact: true }).click();
const cancelled = (tab: Page) => tab.getByText("The order is cancelled.");

/** A stack with the shop, stopped afterwards. */
async function withShop(options: object, act: (shop: Stack) => Promise<void>) {
  const shop = await startStack({ shop: true, ...options });
  try {
    await act(shop);
  } finally {
    await shop.stop();
  }
}

/** Has the Clerk ask whether it may cancel an order. */
async function askToCancel(page: Page, shop: Stack) {
  await openChat(page, shop);
  await send(page, "Please cancel order 1002");
  await expect(asked(page)).toBeVisible({ timeout: 30_000 });
}

test("a permission is given in a second tab after a reload and a restart of the API, and remembered", ({
  page,
  context,
}) =>
  withShop({ sqlite: true }, async (shop) => {
    await askToCancel(page, shop);
    await shop.apis[0]?.kill("SIGKILL");
    await shop.apis[0]?.start();
    await page.reload();
    await expect(asked(page)).toBeVisible();
    const second = await context.newPage();
    await second.goto(page.url());
    await choose(second, "Allow for this conversation");
    // The tab that asked follows the run that goes on.
    for (const tab of [second, page]) {
      await expect(cancelled(tab)).toBeVisible({ timeout: 30_000 });
      await expect(asked(tab)).toHaveCount(0);
    }
    await expect(page.getByRole("button", { name: "Used cancel order" })).toBeVisible();
    await send(second, "Please cancel order 1001 as well");
    await expect(cancelled(second)).toHaveCount(2, { timeout: 30_000 });
  }));

test("a permission is asked by one replica, and shown and given on another", ({ page }) =>
  withShop({ stores: true, replicas: 2 }, async (shop) => {
    await askToCancel(page, shop);
    const asking = shop.apis.filter((api) => readFileSync(api.log, "utf8").includes("run ended"));
    expect(asking).toHaveLength(1);
    await asking[0]?.kill("SIGKILL");
    await page.reload();
    await expect(asked(page)).toBeVisible();
    await choose(page, "Allow");
    await expect(cancelled(page)).toBeVisible({ timeout: 30_000 });
  }));
