// Sending and waiting, with a second click, a lost network, an input method, a touch screen, a
// printer and a slow model.
import type { Locator, Page } from "@playwright/test";
import { agent, begun, delta, done, installPlayer, playRun, thought } from "./support/played-chat";
import { seenRequests } from "./support/provider";
import { answers, expect, openChat, send, test, untilAnswered } from "./support/stack";
import { startTcpProxy } from "./support/tcp-proxy";

const box = (page: Page) => page.getByRole("textbox", { name: "Message" });
const own = (page: Page) => page.getByRole("article", { name: "You" });

test("two clicks send once and do not stop the answer", async ({ page, stack }) => {
  await openChat(page, stack);
  const before = (await seenRequests(stack)).length;
  await box(page).fill("long 60 [[pace:20]]");
  await page.getByRole("button", { name: "Send" }).dblclick();
  await untilAnswered(page);
  expect((await seenRequests(stack)).length).toBe(before + 1);
  await expect(own(page)).toHaveCount(1);
  await expect(page.getByText("Stopped")).toHaveCount(0);
});

test("Stop leaves the focus in the message box", async ({ page, stack }) => {
  await openChat(page, stack);
  await send(page, "long 2000 [[pace:20]]");
  await page.getByRole("button", { name: "Stop" }).click();
  await expect(page.getByRole("button", { name: "Send" })).toBeVisible();
  await expect(box(page)).toBeFocused();
});

test("a message that was not sent survives a reload and another thread", async ({
  page,
  stack,
}) => {
  const proxy = await startTcpProxy(stack.webPort);
  try {
    await openChat(page, stack, proxy.origin);
    await send(page, "Hello, first");
    await untilAnswered(page);
    await expect(page).toHaveURL(/\/chat\/[\w-]+$/);
    const address = page.url();
    proxy.cut();
    await send(page, "Hello, lost on the way");
    await expect(page.getByText("Not sent")).toBeVisible({ timeout: 60_000 });
    proxy.restore();
    await page.reload();
    await expect(page.getByText("Not sent")).toBeVisible();
    await page.goto("/chat");
    await expect(page.getByText("Not sent")).toHaveCount(0);
    await page.goto(address);
    await expect(own(page).last()).toContainText("lost on the way");
    await page.getByRole("button", { name: "Try again" }).click();
    await untilAnswered(page);
    await expect(page.getByText("Not sent")).toHaveCount(0);
    await expect(own(page)).toHaveCount(2);
  } finally {
    await proxy.close();
  }
});

test("an answer that says nothing for two seconds shows life", async ({ page, stack }) => {
  await openChat(page, stack);
  await send(page, "long 6 [[pace:4000]]");
  await expect(page.getByText("Still working…")).toBeVisible({ timeout: 15_000 });
  await page.getByRole("button", { name: "Stop" }).click();
  await untilAnswered(page);
  await expect(page.getByText("Still working…")).toHaveCount(0);
});

test("thoughts, notices and empty answers are shown as such", async ({ page, stack }) => {
  await installPlayer(page);
  await openChat(page, stack);
  const notice = { type: "notice", code: "model_without_tools", message: "It has no tools." };
  await playRun(
    page,
    [begun("Go"), notice, agent(), thought("Let me "), thought("see."), delta("Yes."), done()],
    500,
  );
  await send(page, "Go");
  await expect(page.getByRole("button", { name: "Thinking…" })).toBeVisible();
  await expect(page.getByText("It has no tools.")).toBeVisible();
  const disclosure = page.getByRole("button", { name: /^Thought for \d+ s$/ });
  await expect(disclosure).toHaveAttribute("aria-expanded", "false");
  await expect(page.getByText("Let me see.")).toHaveCount(0);
  await disclosure.click();
  await expect(page.getByText("Let me see.")).toBeVisible();
  // A thought is not copied with the answer.
  await answers(page, "Concierge").getByRole("button", { name: "Copy" }).click();
  await box(page).press("ControlOrMeta+V");
  await expect(box(page)).toHaveValue("Yes.");

  await playRun(page, [begun("Go"), agent(), done()]);
  await page.getByRole("button", { name: "Regenerate" }).click();
  await expect(page.getByText("The answer was empty. Try again.")).toBeVisible();
});

test("Enter and Escape belong to an input method while it composes", async ({ page, stack }) => {
  await openChat(page, stack);
  await box(page).focus();
  const session = await page.context().newCDPSession(page);
  await session.send("Input.imeSetComposition", {
    text: "にほん",
    selectionStart: 3,
    selectionEnd: 3,
  });
  // Key events of Chromium during a composition, and of Safari at its end.
  for (const key of ["Enter", "Escape"]) {
    await box(page).dispatchEvent("keydown", { key, isComposing: true, bubbles: true });
    await box(page).dispatchEvent("keydown", { key, keyCode: 229, bubbles: true });
  }
  await expect(own(page)).toHaveCount(0);
  await session.send("Input.insertText", { text: "日本" });
  await expect(box(page)).toHaveValue("日本");
  await box(page).press("Enter");
  await expect(own(page)).toContainText("日本");
  await untilAnswered(page);
});

test("what cannot be seen is not sent, and half an emoji does no harm", async ({ page, stack }) => {
  await openChat(page, stack);
  await box(page).fill("\u200b\u2060\u3164 \ufeff");
  await expect(page.getByRole("button", { name: "Send" })).toBeDisabled();
  await box(page).evaluate((area: HTMLTextAreaElement) => {
    const set = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value")?.set;
    set?.call(area, "Hello \ud83d");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  });
  await box(page).press("Enter");
  await untilAnswered(page);
  await expect(page.getByRole("alert")).toHaveCount(0);
  await expect(own(page)).toContainText("Hello \ufffd");
});

test("a long message of the user folds", async ({ page, stack }) => {
  await openChat(page, stack);
  await send(page, `Hello ${"and a long text ".repeat(200)}the end`);
  await untilAnswered(page);
  const folded = (await own(page).boundingBox())?.height ?? 0;
  expect(folded).toBeLessThan(360);
  await page.getByRole("button", { name: "Show more" }).click();
  expect((await own(page).boundingBox())?.height).toBeGreaterThan(folded * 1.5);
  await page.getByRole("button", { name: "Show less" }).click();
  await expect(page.getByRole("button", { name: "Show more" })).toBeVisible();
});

test("visitors are told that an AI answers", async ({ page, stack }) => {
  await openChat(page, stack);
  await expect(page.getByText("Answers come from an AI and can be wrong.")).toBeVisible();
});

test("a long answer prints whole", async ({ page, stack }) => {
  await openChat(page, stack);
  await send(page, "long 1500 [[pace:0]]");
  await untilAnswered(page);
  await page.emulateMedia({ media: "print" });
  const log = page.getByRole("log", { name: "Conversation" });
  const { hidden, cut } = await log.evaluate((element) => {
    let cut = 0;
    for (let box: Element | null = element; box; box = box.parentElement) {
      if (
        getComputedStyle(box).overflowY !== "visible" &&
        box.scrollHeight > box.clientHeight + 1
      ) {
        cut += 1;
      }
    }
    return { hidden: element.scrollHeight - element.clientHeight, cut };
  });
  expect(hidden).toBeLessThan(2);
  expect(cut).toBe(0);
  await expect(box(page)).toBeHidden();
});

test("forced colours keep the lines and the messages apart", async ({ page, stack }) => {
  await page.emulateMedia({ forcedColors: "active" });
  await openChat(page, stack);
  await send(page, "Please keep a note that the demo is on Friday");
  await untilAnswered(page);
  const bubble = own(page).locator("div").first();
  expect(await bubble.evaluate((e) => getComputedStyle(e).borderTopWidth)).toBe("1px");
  const line = page.getByRole("separator").locator("span").first();
  const [colour, ground] = await line.evaluate((e) => [
    getComputedStyle(e).backgroundColor,
    getComputedStyle(document.documentElement).backgroundColor,
  ]);
  expect(colour).not.toBe(ground);
  // The message box has one border; of the conversations only the current one is marked.
  const box = page.getByRole("textbox", { name: "Message" });
  expect(await box.evaluate((e) => getComputedStyle(e).outlineStyle)).toBe("none");
  await page.getByRole("button", { name: "New chat" }).click();
  const thread = page.getByRole("navigation").getByRole("listitem").first();
  await expect(thread.getByRole("link")).not.toHaveAttribute("aria-current");
  const mark = await thread.evaluate((e) => getComputedStyle(e).borderInlineStartColor);
  expect(mark).toBe(ground);
});

test.describe("on a touch screen", () => {
  test.use({ hasTouch: true, isMobile: true, viewport: { width: 390, height: 760 } });

  test("targets are 44 px", async ({ page, stack }) => {
    await openChat(page, stack);
    await send(page, "Please keep a note that the demo is on Friday");
    await untilAnswered(page);
    expect(await smallTargets(page.locator("main"))).toEqual([]);
    const dialog = page.getByRole("dialog");
    await page.getByRole("button", { name: "Conversations" }).click();
    await dialog.getByRole("button", { name: "Thread actions" }).click();
    expect(await smallTargets(dialog)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Notes" }).click();
    await dialog.getByRole("button", { name: /Friday/ }).click();
    await expect(dialog.getByRole("button", { name: "Delete" })).toBeVisible();
    expect(await smallTargets(dialog)).toEqual([]);
    await page.goto("/settings");
    await page.getByRole("combobox", { name: "Model" }).click();
    await expect(page.getByRole("listbox").getByRole("option").first()).toBeVisible();
    expect(await smallTargets(page.locator("main"))).toEqual([]);
  });
});

/** Links in a text are as high as its lines. */
function smallTargets(within: Locator): Promise<string[]> {
  const pressed = "button, a[href], input, select, textarea, [role=menuitem], [role=option]";
  return within.evaluate(
    (root, selector) =>
      [...root.querySelectorAll<HTMLElement>(selector)].flatMap((element) => {
        const { width, height } = element.getBoundingClientRect();
        const inText = element.closest("p") !== null;
        const fits = inText || width === 0 || (width >= 43.5 && height >= 43.5);
        return fits ? [] : [`${element.ariaLabel ?? element.textContent}: ${width}×${height}`];
      }),
    pressed,
  );
}
