// The plant shop's agent, its server and the API as they are: a permission outlives the page that
// asked for it.
import type { Page } from "@playwright/test";
import { expect, openChat, send, startStack, test } from "./support/stack";

test("the shop asks before it cancels an order, over a reload and in a second tab", async ({
  page,
  context,
}) => {
  test.setTimeout(120_000);
  const shop = await startStack({ shop: true });
  try {
    await openChat(page, shop);
    await send(page, "Please cancel order 1002");
    const asked = (tab: Page) =>
      tab.getByRole("region", { name: "Clerk asks for your permission" });
    await expect(asked(page)).toBeVisible({ timeout: 30_000 });
    await page.reload();
    await expect(asked(page)).toBeVisible();
    const second = await context.newPage();
    await second.goto(page.url());
    await asked(second).getByRole("button", { name: "Allow", exact: true }).click();
    // The tab that asked follows the run that goes on.
    for (const tab of [second, page]) {
      await expect(tab.getByText("The order is cancelled.")).toBeVisible({ timeout: 30_000 });
      await expect(asked(tab)).toHaveCount(0);
    }
    await expect(page.getByRole("button", { name: "Used cancel order" })).toBeVisible();
  } finally {
    await shop.stop();
  }
});
