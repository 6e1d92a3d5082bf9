// axe on every page and state, light and dark, on a phone, a tablet and a desktop; and no sideways
// scrolling.
import type { Page } from "@playwright/test";
import { expectAccessible } from "./support/axe";
import { cutOff } from "./support/languages";
import { expect, openChat, send, signIn, test, untilAnswered } from "./support/stack";

const widths = [360, 768, 1440];
const schemes = ["light", "dark"] as const;

/** Checks the page in each size and colour scheme, without changing what it shows. */
async function look(page: Page, state: string) {
  for (const width of widths) {
    await page.setViewportSize({ width, height: 800 });
    for (const colorScheme of schemes) {
      await page.emulateMedia({ colorScheme });
      await expectAccessible(page, `${state}, ${width} px, ${colorScheme}`);
    }
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect.soft(overflow, `${state}, ${width} px, sideways`).toBeLessThanOrEqual(0);
  }
}

test.beforeEach(async ({ page }) => {
  // Every state is checked six times.
  test.setTimeout(180_000);
  await page.emulateMedia({ reducedMotion: "reduce" });
});

test("sign-in, also when refused", async ({ page }) => {
  await page.goto("/login");
  await expect(page.getByLabel("Passcode")).toBeVisible();
  await look(page, "login");
  await page.getByLabel("Passcode").fill("wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await look(page, "login, refused");
});

test("settings: no key, a refused one, a saved one, and one for another app", async ({
  page,
  stack,
}) => {
  await signIn(page, stack);
  await look(page, "settings, no key");
  await page.getByLabel("API key").fill("sk-bad");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await look(page, "settings, key refused");
  await page.getByLabel("API key").fill(stack.apiKey);
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page).toHaveURL(/\/chat/);
  await page.goto("/settings");
  await expect(page.getByText("A key is saved")).toBeVisible();
  await look(page, "settings, key saved");
});

test("chat: empty, with a tool call open, with all that Markdown has", async ({ page, stack }) => {
  await openChat(page, stack);
  await look(page, "chat, empty");

  await send(page, "Please keep a note that the demo is on Friday");
  await untilAnswered(page);
  const saved = page.getByRole("button", { name: /Saved note/ });
  await saved.click();
  await look(page, "chat, tool call open");

  await send(page, "Tell me a joke, then show me markdown");
  await untilAnswered(page);
  await look(page, "chat, markdown");
});

test("chat: streaming, stopped, failed", async ({ page, stack }) => {
  await openChat(page, stack);
  await send(page, "long 10000 [[pace:50]]");
  await expect(page.getByRole("article", { name: "Concierge" })).toContainText("word");
  await look(page, "chat, streaming");
  await page.getByRole("button", { name: "Stop" }).click();
  await untilAnswered(page);
  await look(page, "chat, stopped");

  await send(page, "[[fault:500]]");
  await expect(page.getByRole("alert")).toBeVisible({ timeout: 30_000 });
  await expect(page.getByRole("button", { name: "Try again" })).toBeVisible();
  await look(page, "chat, failed");
});

test("the drawers of a narrow screen", async ({ page, stack }) => {
  await openChat(page, stack);
  await send(page, "Please keep a note that the demo is on Friday");
  await untilAnswered(page);
  await page.setViewportSize({ width: 360, height: 740 });
  for (const name of ["Conversations", "Notes"]) {
    const button = page.getByRole("button", { name, exact: true });
    await button.click();
    await expect(page.getByRole("dialog")).toBeVisible();
    for (const colorScheme of schemes) {
      await page.emulateMedia({ colorScheme });
      await expectAccessible(page, `drawer ${name}, ${colorScheme}`);
    }
    await page.keyboard.press("Escape");
    await expect(page.getByRole("dialog")).toHaveCount(0);
    await expect(button).toBeFocused();
  }
});

test("in an embedded chat", async ({ page, stack }) => {
  await page.goto("/chat?embed=1&site=customer-prod");
  await page.getByLabel("Passcode").fill(stack.passcode);
  await look(page, "embed, login");
});

test("the job can be done with the keyboard alone", async ({ page, stack }) => {
  await page.goto("/login");
  await page.getByLabel("Passcode").focus();
  await page.keyboard.type(stack.passcode);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/settings/);
  await page.getByLabel("API key").focus();
  await page.keyboard.type(stack.apiKey);
  await page.keyboard.press("Enter");
  const box = page.getByRole("textbox", { name: "Message" });
  await expect(box).toBeFocused();
  await page.keyboard.type("One line");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("and long 2000 [[pace:20]]");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Stop" })).toBeVisible();
  await expect(box).toBeFocused();
  await page.keyboard.press("Escape");
  await untilAnswered(page);
  await expect(page.getByRole("article", { name: "You" })).toContainText("One line");
});

test("one region tells who answers and when, and never the words of an answer", async ({
  page,
  stack,
}) => {
  await openChat(page, stack);
  await expect(page.getByRole("log", { name: "Conversation" })).toHaveAttribute("aria-live", "off");
  const status = page.getByRole("status");
  await expect(status).toHaveAttribute("aria-live", "polite");
  await page.evaluate(() => {
    const told: string[] = [];
    Object.assign(window, { told });
    const region = document.querySelector("[role=status]") as Element;
    new MutationObserver(() => {
      const text = region.textContent?.trim() ?? "";
      if (text !== "" && text !== told.at(-1)) told.push(text);
    }).observe(region, { childList: true, characterData: true, subtree: true });
  });
  await send(page, "Please keep a note that the demo is on Friday");
  await untilAnswered(page);
  const told = () => page.evaluate(() => (window as unknown as { told: string[] }).told);
  await expect
    .poll(told)
    .toEqual(["Concierge is answering", "Handed over to Archivist", "Answer complete"]);
});

/** Spaces text as far as WCAG 1.4.12 asks a page to bear. */
function spaceText() {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    * {
      line-height: 1.5 !important;
      letter-spacing: 0.12em !important;
      word-spacing: 0.16em !important;
    }
    p { margin-bottom: 2em !important; }
  `);
  document.adoptedStyleSheets = [sheet];
}

test("at 400 % and with text spaced by the reader, nothing is cut off", async ({ page, stack }) => {
  await page.setViewportSize({ width: 320, height: 256 });
  const expectWhole = async (state: string) => {
    expect.soft(await cutOff(page), state).toEqual([]);
    await page.evaluate(spaceText);
    expect.soft(await cutOff(page), `${state}, spaced`).toEqual([]);
  };
  await page.goto("/login");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expectWhole("sign-in");
  await openChat(page, stack);
  await expectWhole("an empty chat");
  await send(page, "Please keep a note that the demo is on Friday");
  await untilAnswered(page);
  await page.getByRole("button", { name: /Saved note/ }).click();
  await expectWhole("a conversation");
  await page.goto("/settings");
  await page.getByRole("button", { name: "Create token" }).click();
  await expect(page.getByRole("button", { name: "Copy token" })).toBeVisible();
  await expectWhole("settings");
  await page.getByRole("button", { name: "Delete my data" }).click();
  await expectWhole("a dialog");
});

test("nothing moves for those who ask for no motion", async ({ page, stack }) => {
  await openChat(page, stack);
  const moving = () =>
    page.evaluate(
      () => document.getAnimations().filter(({ playState }) => playState === "running").length,
    );
  // A pause between the words, in which the page shows life.
  await send(page, "long 60 [[pace:3000]]");
  await page.emulateMedia({ reducedMotion: "no-preference" });
  await expect.poll(moving).toBeGreaterThan(0);
  await page.emulateMedia({ reducedMotion: "reduce" });
  await expect.poll(moving).toBe(0);
  await page.getByRole("button", { name: "Stop" }).click();
});

test("one of 300 models is found and chosen by keyboard", async ({ page, stack }) => {
  await openChat(page, stack);
  const items = Array.from({ length: 300 }, (_, at) => ({
    id: `model-${at}`,
    shutdown_date: null,
  }));
  await page.route("**/api/models", (route) => route.fulfill({ json: { items, default: null } }));
  await page.goto("/settings");
  const field = page.getByRole("combobox", { name: "Model" });
  await field.click();
  const options = page.getByRole("listbox").getByRole("option");
  await expect(options).toHaveCount(300);
  await page.keyboard.press("ArrowUp");
  // The last one is in view, though the list is longer than the screen.
  await expect(options.last()).toBeInViewport();
  await page.keyboard.type("model-15");
  await expect(options).toHaveCount(11);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(field).toHaveValue("model-150");
});
