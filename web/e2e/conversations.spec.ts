// Conversations over time: reloaded and in a second tab, edited, regenerated, renamed and deleted;
// their notes; and a very long one.
import type { Page } from "@playwright/test";
import { longestTask } from "./support/main-thread";
import { seenRequests } from "./support/provider";
import { answers, expect, openChat, type Stack, send, test, untilAnswered } from "./support/stack";
import { expectShownOnce, storedThread, textOf, words } from "./support/thread";

const log = (page: Page) => page.getByRole("log", { name: "Conversation" });
const own = (page: Page) => log(page).getByRole("article", { name: "You" });
const nav = (page: Page) => page.getByRole("navigation", { name: "Conversations" });
const slow = "long 160 [[pace:40]]";

async function beginSlowAnswer(page: Page, stack: Stack) {
  await openChat(page, stack);
  await send(page, slow);
  const answer = answers(page, "Concierge").last();
  await expect.poll(async () => words(await textOf(answer)).length).toBeGreaterThan(15);
  return answer;
}

test("a reload in mid-answer loses and doubles nothing", async ({ page, stack }) => {
  await beginSlowAnswer(page, stack);
  await expect(page).toHaveURL(/\/chat\/[\w-]+$/);
  await page.reload();
  const answer = answers(page, "Concierge").last();
  await expect(page.getByRole("button", { name: "Stop" })).toBeVisible();
  await expect(answer).toBeVisible();
  await untilAnswered(page);
  const { messages } = await storedThread(page);
  expect(messages.map(({ role }) => role)).toEqual(["user", "assistant"]);
  await expectShownOnce(answer, messages[1]?.content ?? "");
  await expect(log(page).getByRole("article")).toHaveCount(2);
});

test("two tabs follow one answer live, and neither can send meanwhile", async ({
  page,
  stack,
  context,
}) => {
  const first = await beginSlowAnswer(page, stack);
  const tab = await context.newPage();
  await tab.goto(page.url());
  const second = answers(tab, "Concierge").last();
  await expect(tab.getByRole("button", { name: "Stop" })).toBeVisible();
  await expect.poll(async () => words(await textOf(second)).length).toBeGreaterThan(20);

  await tab.getByRole("textbox", { name: "Message" }).fill("too early");
  await tab.getByRole("textbox", { name: "Message" }).press("Enter");
  await expect(own(tab)).toHaveCount(1);

  await Promise.all([untilAnswered(page), untilAnswered(tab)]);
  const { messages } = await storedThread(page);
  const content = messages.at(-1)?.content ?? "";
  await expectShownOnce(first, content);
  await expectShownOnce(second, content);

  // A run begun in one tab appears in the other by itself.
  await send(page, "long 30 [[pace:60]]");
  await expect(own(tab)).toHaveCount(2);
  await untilAnswered(page);
  await expect(answers(tab, "Concierge")).toHaveCount(2);
  await untilAnswered(tab);
  const all = (await storedThread(page)).messages;
  await expectShownOnce(answers(tab, "Concierge").last(), all.at(-1)?.content ?? "");
});

test("a conversation that is left is marked until its answer has ended and was seen", async ({
  page,
  stack,
}) => {
  await beginSlowAnswer(page, stack);
  const mark = (name: string) => nav(page).getByRole("img", { name });
  await page.getByRole("button", { name: "New chat" }).click();
  await expect(mark("Being answered")).toBeVisible();
  // Found again, also by a reload, it is the same run.
  await nav(page).getByRole("link").click();
  await expect(page.getByRole("button", { name: "Stop" })).toBeVisible();
  await page.reload();
  await expect(page.getByRole("button", { name: "Stop" })).toBeVisible();
  await page.getByRole("button", { name: "New chat" }).click();
  await expect(mark("Being answered")).toBeVisible();
  await expect(mark("Unread answer")).toBeVisible({ timeout: 60_000 });
  await nav(page).getByRole("link").click();
  await expect(answers(page, "Concierge")).toBeVisible();
  await expect(nav(page).getByRole("img")).toHaveCount(0);

  // Stopped after it was found again, it has no mark either.
  await send(page, slow);
  await page.getByRole("button", { name: "New chat" }).click();
  await expect(mark("Being answered")).toBeVisible();
  await nav(page).getByRole("link").click();
  await page.getByRole("button", { name: "Stop" }).click();
  await untilAnswered(page);
  await expect(nav(page).getByRole("img")).toHaveCount(0);
});

test("an edited message is answered again, and what followed is gone", async ({ page, stack }) => {
  await openChat(page, stack);
  await send(page, "Hello there, number one");
  await untilAnswered(page);
  await send(page, "Hello there, number two");
  await untilAnswered(page);
  await own(page).first().hover();
  await own(page).first().getByRole("button", { name: "Edit" }).click();
  const box = page.getByRole("textbox", { name: "Edit message" });
  await expect(box).toBeFocused();
  await box.fill("Hello there, edited");
  await box.press("Enter");
  await expect(own(page)).toHaveCount(1);
  await expect(own(page)).toContainText("edited");
  await untilAnswered(page);
  const { messages } = await storedThread(page);
  expect(messages.map(({ role }) => role)).toEqual(["user", "assistant"]);
  expect(messages[0]?.content).toBe("Hello there, edited");
});

test("an answer can be regenerated", async ({ page, stack }) => {
  await openChat(page, stack);
  await send(page, "Hello, tell me about yourself");
  await untilAnswered(page);
  const before = (await storedThread(page)).messages;
  const asked = (await seenRequests(stack)).length;
  const answer = answers(page, "Concierge").last();
  await answer.hover();
  await answer.getByRole("button", { name: "Regenerate" }).click();
  await expect.poll(async () => (await seenRequests(stack)).length).toBe(asked + 1);
  await untilAnswered(page);
  const after = (await storedThread(page)).messages;
  expect(after.map(({ role }) => role)).toEqual(["user", "assistant"]);
  expect(after[0]?.content).toBe(before[0]?.content);
  expect(after[1]?.id).not.toBe(before[1]?.id);
  await expect(log(page).getByRole("article")).toHaveCount(2);
});

test("a key that the provider stops taking is said, with the way to change it", async ({
  page,
  stack,
}) => {
  await openChat(page, stack);
  await send(page, "[[fault:401]]");
  const alert = page.getByRole("alert");
  await expect(alert).toBeVisible();
  await expect(alert).toContainText(/key/i);
  await alert.getByText("Change key").click();
  await expect(page).toHaveURL(/\/settings/);
});

test("an answer that breaks off keeps its text, says so, and can be tried again", async ({
  page,
  stack,
}) => {
  await openChat(page, stack);
  await send(page, "Hello [[fault:cut]]");
  const alert = page.getByRole("alert");
  await expect(alert).toBeVisible({ timeout: 30_000 });
  const answer = answers(page, "Concierge").last();
  await expect(answer).toContainText(/failed/i);
  const { messages } = await storedThread(page);
  expect(messages.at(-1)).toMatchObject({ role: "assistant", status: "failed" });
  expect(messages.at(-1)?.content.length).toBeGreaterThan(0);
  const asked = (await seenRequests(stack)).length;
  await alert.getByRole("button", { name: "Try again" }).click();
  await expect.poll(async () => (await seenRequests(stack)).length).toBeGreaterThan(asked);
  await untilAnswered(page);
  await expect(own(page)).toHaveCount(1);
});

test("a thread is renamed, and deleted after a question", async ({ page, stack }) => {
  await openChat(page, stack);
  await send(page, "Hello, this names the thread");
  await untilAnswered(page);
  await expect(nav(page).getByRole("link", { name: /this names the thread/ })).toBeVisible();

  await nav(page).getByRole("button", { name: "Thread actions" }).click();
  await page.getByRole("menuitem", { name: "Rename" }).click();
  await page.getByRole("textbox", { name: "Title" }).fill("Another title");
  await page.getByRole("textbox", { name: "Title" }).press("Enter");
  const link = nav(page).getByRole("link", { name: "Another title" });
  await expect(link).toBeVisible();
  await page.reload();
  await expect(link).toBeVisible();

  await nav(page).getByRole("button", { name: "Thread actions" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  const question = page.getByRole("dialog");
  await question.getByRole("button", { name: "Cancel" }).click();
  await expect(link).toBeVisible();
  await nav(page).getByRole("button", { name: "Thread actions" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  const address = page.url();
  await question.getByRole("button", { name: "Delete" }).click();
  await expect(link).toHaveCount(0);
  await expect(page).toHaveURL(/\/chat$/);
  await page.goto(address);
  await expect(page.getByText(/not (be )?found|no longer|does not exist/i).first()).toBeVisible();
});

test("notes appear as they are kept, can be read, downloaded and deleted", async ({
  page,
  stack,
}) => {
  await openChat(page, stack);
  const notes = page.getByRole("region", { name: "Notes" });
  await send(page, "Please keep a note that the demo is on Friday");
  await expect(notes.getByText(/Friday/).first()).toBeVisible();
  await untilAnswered(page);
  await notes.getByRole("button", { name: /Friday/ }).click();

  const download = page.waitForEvent("download");
  await notes.getByRole("button", { name: "Download all notes" }).click();
  expect((await download).suggestedFilename()).toMatch(/\.md$/);

  await notes.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(notes.getByText(/Friday/)).toHaveCount(0);
  expect((await (await page.request.get("/api/notes")).json()).items).toEqual([]);
});

test("on a phone the list follows what is said, to its end", async ({ page, stack }) => {
  await page.setViewportSize({ width: 390, height: 760 });
  await openChat(page, stack);
  for (const message of [
    "Please keep a note that the demo is on Friday",
    "And what did I ask you to note?",
    "Please keep a note that the rehearsal is on Thursday",
  ]) {
    await send(page, message);
    await expect(own(page).last()).toContainText(message);
    await untilAnswered(page);
    await expect(page.getByRole("button", { name: "Jump to latest" })).toHaveCount(0);
    const end = await log(page).evaluate(
      (box) => box.scrollHeight - box.scrollTop - box.clientHeight,
    );
    expect(end).toBeLessThan(2);
  }
});

test("a reader who scrolled up stays there, and can jump to the end", async ({ page, stack }) => {
  await openChat(page, stack);
  await send(page, "long 1200 [[pace:5]]");
  const jump = page.getByRole("button", { name: "Jump to latest" });
  await expect(async () => {
    await log(page).hover();
    await page.mouse.wheel(0, -400);
    await expect(jump).toBeVisible({ timeout: 500 });
  }).toPass();
  await jump.click();
  await expect(jump).toHaveCount(0);
  await page.getByRole("button", { name: "Stop" }).click();
  await untilAnswered(page);
});

test("a thread of 500 messages opens and scrolls smoothly", async ({ page, stack }) => {
  test.setTimeout(180_000);
  await openChat(page, stack);
  await send(page, "Hello, number 1 [[pace:0]]");
  await untilAnswered(page);
  const thread_id = page.url().split("/").at(-1);
  for (let count = 2; count <= 250; count += 1) {
    const answer = await page.request.post("/api/chat", {
      data: { thread_id, message: `Hello, number ${count} [[pace:0]]` },
    });
    expect(answer.status()).toBe(200);
    // The body is complete when the run has ended.
    await answer.body();
  }
  const began = Date.now();
  const opening = await longestTask(page, async () => {
    await page.reload();
    await expect(page.locator("article", { hasText: "number 250" }).first()).toBeVisible();
  });
  // Half a second on an idle machine; the limit is for a busy one.
  expect(Date.now() - began).toBeLessThan(10_000);
  console.log(`opening 500 messages: ${opening.toFixed(0)} ms at most`);
  expect(opening).toBeLessThan(100);
  await expect(log(page).getByRole("article")).toHaveCount(100);

  // Older messages load with the button, and while the reader scrolls up. A mouse click would first
  // scroll to the button, and so load them twice.
  await page.getByRole("button", { name: "Load earlier messages" }).dispatchEvent("click");
  await expect(log(page).getByRole("article")).toHaveCount(200);
  await expect(async () => {
    await log(page).hover();
    await page.mouse.wheel(0, -20_000);
    await expect(log(page).getByRole("article")).toHaveCount(500, { timeout: 500 });
  }).toPass();

  // Scrolled from the end to the beginning, frame by frame: each frame takes little processor time,
  // whatever else the machine does.
  const longest = await longestTask(page, () =>
    log(page).evaluate(async (box) => {
      const step = box.scrollHeight / 120;
      for (box.scrollTop = box.scrollHeight; box.scrollTop > 0; box.scrollTop -= step)
        await new Promise(requestAnimationFrame);
    }),
  );
  console.log(`scrolling through 500 messages: ${longest.toFixed(0)} ms at most`);
  expect(longest).toBeLessThan(100);
});
