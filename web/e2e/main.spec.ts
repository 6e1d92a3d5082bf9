// The main path of a newcomer, end to end: sign in, enter a key, have a note saved by the second
// agent, and find it again. It must survive a reload, a broken network, and Stop.
import type { Page } from "@playwright/test";
import { seen } from "./support/provider";
import { answers, expect, openChat, send, signIn, test, untilAnswered } from "./support/stack";
import { startTcpProxy } from "./support/tcp-proxy";
import { expectShownOnce, storedThread, textOf, words } from "./support/thread";

const noteMessage = "Please keep a note that the demo is on Friday";
const log = (page: Page) => page.getByRole("log", { name: "Conversation" });

/** Lets the page record the lengths of the latest article of `name`; see `lengthsSeen`. */
async function watchLengths(page: Page, name: string) {
  await page.evaluate((label) => {
    const seen = new Set<number>();
    Object.assign(window, { lengthsSeen: seen });
    new MutationObserver(() => {
      const article = [...document.querySelectorAll(`article[aria-label="${label}"]`)].at(-1);
      if (article) seen.add(article.textContent?.length ?? 0);
    }).observe(document.body, { childList: true, characterData: true, subtree: true });
  }, name);
}
const lengthsSeen = (page: Page) =>
  page.evaluate(() => [...(window as unknown as { lengthsSeen: Set<number> }).lengthsSeen]);

test("a newcomer signs in, brings a key and has a note kept", async ({ page, stack }) => {
  await test.step("a wrong passcode is refused with a sentence", async () => {
    await page.goto("/");
    await expect(page).toHaveURL(/\/login/);
    await page.getByLabel("Passcode").fill("not-the-passcode");
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page.getByRole("alert")).toContainText(/passcode/i);
    await expect(page).toHaveURL(/\/login/);
  });

  await test.step("the right one leads to the settings", async () => {
    await page.getByLabel("Passcode").fill(stack.passcode);
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page).toHaveURL(/\/settings/);
  });

  await test.step("a key that the provider refuses is not kept", async () => {
    await page.getByLabel("API key").fill("sk-bad-key");
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.getByRole("alert")).toContainText(/key/i);
    await expect(page.getByText("A key is saved")).toHaveCount(0);
    await expect(page).toHaveURL(/\/settings/);
  });

  await test.step("a good key leads to the chat", async () => {
    await page.getByLabel("API key").fill(stack.apiKey);
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page).toHaveURL(/\/chat/);
    await expect(page.getByRole("textbox", { name: "Message" })).toBeFocused();
  });

  const archivist = answers(page, "Archivist");

  await test.step("the Concierge hands the note over, the Archivist saves it", async () => {
    await watchLengths(page, "Archivist");
    await send(page, noteMessage);
    await expect(log(page).getByRole("article", { name: "You" })).toContainText(noteMessage);
    await expect(
      page.getByRole("separator", { name: "Concierge handed over to Archivist" }),
    ).toBeVisible();
    await expect(log(page).getByRole("button", { name: /Saved note “.*Friday.*”/ })).toBeVisible();
  });

  await test.step("agents differ by hue", async () => {
    const tint = (agent: "Concierge" | "Archivist") =>
      answers(page, agent)
        .first()
        .locator("header span")
        .evaluate((badge) => getComputedStyle(badge).backgroundColor);
    expect(await tint("Concierge")).not.toBe(await tint("Archivist"));
  });

  await test.step("the answer streams in, word by word", async () => {
    await untilAnswered(page);
    // It grew in many steps.
    expect((await lengthsSeen(page)).length).toBeGreaterThan(5);
    await expect(page.getByRole("region", { name: "Notes" })).toContainText(/Friday/);
  });

  await test.step("the tool call can be opened and shows what was kept", async () => {
    const disclosure = log(page).getByRole("button", { name: /Saved note “.*Friday.*”/ });
    await disclosure.click();
    await expect(
      log(page)
        .getByText(/"?title"?/)
        .first(),
    ).toBeVisible();
  });

  await test.step("a follow-up goes straight to the Archivist", async () => {
    const before = await archivist.count();
    await send(page, "And what did I ask you to note?");
    await expect(archivist).toHaveCount(before + 1);
    await untilAnswered(page);
    await expect(archivist.last()).toContainText(/Friday/);
    await expect(page.getByRole("separator", { name: /handed over/ })).toHaveCount(1);
    const request = await seen(stack, "And what did I ask you to note?");
    expect(request?.tools).toContain("save_note");
  });

  await test.step("a reload keeps session and conversation", async () => {
    const articles = await log(page).getByRole("article").count();
    const address = page.url();
    await page.reload();
    await expect(page).toHaveURL(address);
    await expect(log(page).getByRole("article")).toHaveCount(articles);
    await expect(log(page)).toContainText(noteMessage);
    await expect(
      page.getByRole("separator", { name: "Concierge handed over to Archivist" }),
    ).toBeVisible();
  });
});

for (const fault of ["cut", "pause"] as const) {
  test(`the network is ${fault} in mid-answer, the whole answer arrives, once`, async ({
    page,
    stack,
  }) => {
    const proxy = await startTcpProxy(stack.webPort);
    try {
      await openChat(page, stack, proxy.origin);
      await send(page, "long 240 [[pace:20]]");
      const answer = answers(page, "Concierge").last();
      await expect.poll(async () => words(await textOf(answer)).length).toBeGreaterThan(20);

      proxy[fault]();
      await expect(page.getByRole("status").filter({ hasText: "Reconnecting" })).toBeVisible({
        timeout: 40_000,
      });
      const said = words(await textOf(answer)).length;
      proxy[fault === "cut" ? "restore" : "resume"]();

      await untilAnswered(page);
      const { messages } = await storedThread(page);
      const content = messages.at(-1)?.content ?? "";
      expect(words(content).length).toBeGreaterThan(said);
      expect(words(content).length).toBeGreaterThanOrEqual(240);
      await expectShownOnce(answer, content);
      await expect(log(page).getByRole("article")).toHaveCount(2);
      await expect(page.getByRole("alert")).toHaveCount(0);
    } finally {
      await proxy.close();
    }
  });
}

test("Stop stops within a second, and the provider sees the disconnect", async ({
  page,
  stack,
}) => {
  await openChat(page, stack);
  const message = "long 4000 [[pace:20]] to be stopped";
  await send(page, message);
  const answer = answers(page, "Concierge").last();
  await expect.poll(async () => words(await textOf(answer)).length).toBeGreaterThan(10);
  expect((await seen(stack, message))?.disconnected).toBe(false);

  const pressed = Date.now();
  await page.getByRole("button", { name: "Stop" }).click();
  await expect(page.getByRole("button", { name: "Send" })).toBeVisible({ timeout: 1_000 });
  await expect
    .poll(async () => (await seen(stack, message))?.disconnected, { intervals: [20] })
    .toBe(true);
  expect(Date.now() - pressed).toBeLessThan(1_000);

  // The text is kept, here and in the store.
  await expect(answer).toContainText(/stopped/i);
  await expect
    .poll(async () => (await storedThread(page)).messages.at(-1))
    .toMatchObject({ role: "assistant", status: "cancelled" });
  await send(page, "Hello again");
  await untilAnswered(page);
  await expect(log(page).getByRole("article")).toHaveCount(4);
});

test("signed in and with a key, every other address leads to the chat", async ({ page, stack }) => {
  await openChat(page, stack);
  for (const path of ["/", "/login", "/nothing-here"]) {
    await page.goto(path);
    await expect(page).toHaveURL(/\/chat$/);
  }
});

test("who wanted a page gets there after signing in", async ({ page, stack }) => {
  await page.goto("/settings");
  await expect(page).toHaveURL(/\/login/);
  await signIn(page, stack);
  await page.goto("/chat");
  await expect(page).toHaveURL(/\/settings/);
});
