// A session that ends while the chat is open: signed out in another tab, or ended by itself.
import type { Page } from "@playwright/test";
import { answers, expect, openChat, type Stack, send, test, untilAnswered } from "./support/stack";

const box = (page: Page) => page.getByRole("textbox", { name: "Message" });

async function signInAgain(page: Page, stack: Stack) {
  await page.getByLabel("Passcode").fill(stack.passcode);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByLabel("API key").fill(stack.apiKey);
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page).toHaveURL(/\/chat/);
}

test("a sign-out in another tab is told, and the chat can be used after signing in again", async ({
  page,
  stack,
  context,
}) => {
  await openChat(page, stack);
  await send(page, "Hello");
  await untilAnswered(page);
  const other = await context.newPage();
  await other.goto("/settings");
  await other.getByRole("button", { name: "Sign out" }).click();
  await other.getByRole("dialog").getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByText("You were signed out in another tab.")).toBeVisible();

  await signInAgain(page, stack);
  await expect(box(page)).toBeEnabled();
  await send(page, "Hello again");
  await untilAnswered(page);
  await expect(answers(page, "Concierge")).toHaveCount(1);
});

test("a session that ended by itself keeps the draft, and took the conversation with it", async ({
  page,
  stack,
}) => {
  await openChat(page, stack);
  await send(page, "Hello");
  await untilAnswered(page);
  await box(page).fill("half a thought");
  // To the page this is a session that has expired: no tab has signed out.
  await page.request.post("/api/logout");
  await page.evaluate(() => window.dispatchEvent(new Event("online")));
  await expect(page.getByText(/Your session has ended/)).toBeVisible();

  await signInAgain(page, stack);
  await expect(page.getByText("This conversation ended with your session")).toBeVisible();
  await page.getByRole("button", { name: "Start a new chat" }).click();
  await expect(box(page)).toHaveValue("half a thought");
  await box(page).press("Enter");
  await untilAnswered(page);
  await expect(answers(page, "Concierge")).toHaveCount(1);
});
