// The bubble, and a frame whose page is left, hidden or small.
import type { Page } from "@playwright/test";
import { fullChromiumPath } from "../../../scripts/lib/chromium.mjs";
import {
  chatFrame,
  chooseFromMenu,
  closeButton,
  converse,
  expect,
  giveSecrets,
  hears,
  hostPage,
  inBothCookieModes,
  messageBox,
  mount,
  mountFor,
  openButton,
  test,
} from "./embed-test";
import { frameText } from "./frame-text";
import { startHttpProxy } from "./http-proxy";

/** A bubble whose visitor is signed in by the host. */
async function mountBubble(page: Page, user: string): Promise<void> {
  await mountFor(page, user, { mode: "bubble" });
}

inBothCookieModes(() => {
  test("asks for nothing before it is opened", async ({ page, host, stack }) => {
    const proxy = await startHttpProxy(stack.appOrigin);
    host.serve("/", hostPage(proxy.origin));
    await page.goto(host.origin);
    await mount(page, { mode: "bubble" }, null);
    await openButton(page).hover();
    expect(proxy.seen.map(({ url }) => url)).toEqual(["/embed/smoothoperator.js"]);
    await openButton(page).click();
    await expect.poll(() => proxy.seen.map(({ url }) => url)).toContain("/chat?embed=1&loader=1");
    await proxy.close();
  });

  test("keeps its state across closing and opening, and gives the focus back", async ({
    page,
    host,
    stack,
  }) => {
    giveSecrets(host, stack);
    host.serve(
      "/",
      hostPage(stack.appOrigin, '<button id="help">Help</button><div id="chat"></div>'),
    );
    await page.goto(host.origin);
    await mountBubble(page, "carl");
    const frame = chatFrame(page);

    await expect(openButton(page)).toHaveAttribute("aria-expanded", "false");
    await openButton(page).focus();
    await page.keyboard.press("Enter");
    await expect(closeButton(page)).toHaveAttribute("aria-expanded", "true");
    await expect(messageBox(frame)).toBeFocused();
    await page.keyboard.type("Half a thou");
    await frame.locator("html").evaluate(() => Object.assign(window, { same: true }));

    await page.keyboard.press("Escape");
    await expect(openButton(page)).toBeFocused();
    await expect(messageBox(frame)).toBeHidden();

    await page.keyboard.press("Enter");
    await expect(messageBox(frame)).toBeFocused();
    await page.keyboard.type("ght");
    await expect(messageBox(frame)).toHaveValue("Half a thought");
    expect(await frame.locator("html").evaluate(() => "same" in window)).toBe(true);

    // A run takes Escape for itself first.
    await messageBox(frame).fill("long 400 [[pace:20]]");
    await page.keyboard.press("Enter");
    await expect(frame.getByRole("button", { name: "Stop" })).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(frame.getByRole("button", { name: "Send" })).toBeVisible();
    await expect(messageBox(frame)).toBeVisible();
    // The server may still be stopping it.
    await page.keyboard.press("Escape");
    await expect(messageBox(frame)).toBeHidden();

    // Opened by a button of the page, it goes back there.
    await page.evaluate(() => {
      document.querySelector("#help")?.addEventListener("click", () => window.widget?.open());
    });
    await page.getByRole("button", { name: "Help" }).click();
    await expect(messageBox(frame)).toBeFocused();
    await page.keyboard.press("Escape");
    await expect(page.getByRole("button", { name: "Help" })).toBeFocused();
  });

  test("forced colours draw a line around its button and its panel", async ({ page, host }) => {
    await page.emulateMedia({ forcedColors: "active" });
    await page.goto(host.origin);
    await mount(page, { mode: "bubble" }, null);
    await openButton(page).click();
    const lineOf = (part: string, line: "border-top" | "outline") =>
      page.locator(part).evaluate((element, line) => {
        const style = getComputedStyle(element);
        return ["width", "style", "color"].map((name) => style.getPropertyValue(`${line}-${name}`));
      }, line);
    for (const [part, line] of [
      ["button", "border-top"],
      [".bubble", "outline"],
    ] as const) {
      const [width, style, color] = await lineOf(part, line);
      expect([width, style]).toEqual(["1px", "solid"]);
      expect(color).not.toBe("rgba(0, 0, 0, 0)");
    }
  });

  test("an answer goes on while it is closed", async ({ page, host, stack }) => {
    giveSecrets(host, stack);
    await page.goto(host.origin);
    await mountBubble(page, "dora");
    await openButton(page).click();
    const frame = chatFrame(page);
    await messageBox(frame).fill("long 100 [[pace:10]]");
    await messageBox(frame).press("Enter");
    await expect(frame.getByRole("article", { name: "Concierge" })).toBeVisible();
    await closeButton(page).click();
    await expect
      .poll(() => page.evaluate(() => window.widget?.getState().running), { timeout: 20_000 })
      .toBe(false);
    await openButton(page).click();
    await expect(frame.getByRole("article", { name: "Concierge" })).toContainText("-100");
  });

  for (const height of [844, 544]) {
    test(`covers a phone of 390 × ${height}, with the message box in view`, async ({
      page,
      host,
      stack,
    }) => {
      giveSecrets(host, stack);
      await page.setViewportSize({ width: 390, height });
      await page.goto(host.origin);
      await mountBubble(page, "finn");
      await openButton(page).click();
      const frame = chatFrame(page);
      await converse(frame, "long 300 [[pace:1]]");
      expect(await page.locator("iframe").boundingBox()).toEqual({
        x: 0,
        y: 0,
        width: 390,
        height,
      });
      await expect(messageBox(frame)).toBeInViewport({ ratio: 1 });
      // The page's own button is below; the frame has one. It is the only one to be found.
      await expect(closeButton(page)).toBeHidden();
      await frame.getByRole("button", { name: "Close chat" }).click();
      await expect(openButton(page)).toBeFocused();
      await expect(messageBox(frame)).toBeHidden();
    });
  }

  test.describe("with a back/forward cache", () => {
    test.use({ executablePath: fullChromiumPath });

    test("leaving the page closes its stream within a second, coming back resumes it", async ({
      page,
      host,
      stack,
    }) => {
      const proxy = await startHttpProxy(stack.appOrigin);
      giveSecrets(host, stack);
      host.serve("/", hostPage(proxy.origin));
      host.serve("/elsewhere.html", "<!doctype html><title>Elsewhere</title>");
      await page.goto(host.origin);
      await mountFor(page, "gina");
      const frame = chatFrame(page);
      await expect(messageBox(frame)).toBeVisible();
      await messageBox(frame).fill("long 200 [[pace:40]]");
      await messageBox(frame).press("Enter");
      const streams = () =>
        proxy.open().filter((url) => url === "/api/chat" || url.startsWith("/api/runs/"));
      await expect.poll(streams).toHaveLength(1);
      await expect(frame.getByRole("article", { name: "Concierge" })).toContainText("-20");
      await page.evaluate(() => {
        addEventListener("pageshow", ({ persisted }) => Object.assign(window, { persisted }));
      });

      await page.goto(`${host.origin}/elsewhere.html`);
      await expect.poll(streams, { timeout: 1_000, intervals: [50] }).toHaveLength(0);

      // pause: none; the driver would wait in vain for a page that comes out of the cache
      await page.evaluate(() => setTimeout(() => history.back()));
      // Asked while the page changes, the driver fails; the poll asks again.
      const persisted = () =>
        page.evaluate(() => (window as { persisted?: boolean }).persisted).catch(() => undefined);
      await expect.poll(persisted).toBe(true);
      const answer = () => frameText(page, proxy.origin, '[role="log"] [aria-label="Concierge"]');
      await expect.poll(answer, { timeout: 20_000 }).toContain("-200");
      const numbers = [...(await answer()).matchAll(/[a-z]-(\d+)/g)].map(([, n]) => Number(n));
      expect(numbers).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
      await proxy.close();
    });
  });
});

test("Escape closes one thing at a time, from the top", async ({ page, host, stack }) => {
  giveSecrets(host, stack);
  await page.goto(host.origin);
  await mountFor(page, "ken", { mode: "bubble", show: { settings: true } }, null);
  await openButton(page).click();
  const frame = chatFrame(page, "html");
  await converse(frame, "Hello");
  const [menu, dialogs] = [frame.getByRole("menu"), frame.getByRole("dialog")];

  await frame.getByRole("button", { name: "Menu" }).click();
  await page.keyboard.press("Escape");
  await expect(menu).toHaveCount(0);
  await expect(frame.getByRole("button", { name: "Menu" })).toBeFocused();
  // Also when the focus is not in it.
  await frame.getByRole("button", { name: "Menu" }).click();
  await expect(menu).toBeVisible();
  await frame.locator("html").evaluate(() => (document.activeElement as HTMLElement).blur());
  await page.keyboard.press("Escape");
  await expect(menu).toHaveCount(0);

  await chooseFromMenu(frame, "Conversations");
  const actions = frame.getByRole("button", { name: /^Thread actions/ });
  await actions.click();
  await page.keyboard.press("Escape");
  await expect(menu).toHaveCount(0);
  for (const [item, field] of [
    ["Rename", frame.getByRole("textbox", { name: "Title" })],
    ["Delete", dialogs.nth(1)],
  ] as const) {
    await actions.click();
    await frame.getByRole("menuitem", { name: item }).click();
    await expect(field).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(field).toBeHidden();
  }
  const search = frame.getByRole("searchbox");
  await search.fill("Hello");
  await search.press("Escape");
  await expect(search).toHaveValue("");
  await expect(dialogs).toHaveCount(1);
  await search.press("Escape");
  await expect(dialogs).toHaveCount(0);

  await frame.getByRole("article", { name: "You" }).hover();
  await frame.getByRole("button", { name: "Edit" }).click();
  await frame.getByRole("textbox", { name: "Edit message" }).press("Escape");
  await expect(frame.getByRole("textbox", { name: "Edit message" })).toHaveCount(0);
  await expect(closeButton(page)).toBeVisible();
  await messageBox(frame).press("Escape");
  await expect(openButton(page)).toBeFocused();
});

test("the pointer may leave the button and come back: each click counts", async ({
  page,
  host,
}) => {
  await page.goto(host.origin);
  await mount(page, { mode: "bubble" }, null);
  for (let round = 0; round < 4; round += 1) {
    for (const button of [openButton(page), closeButton(page)]) {
      const box = await button.boundingBox();
      if (!box) throw new Error("the button is not there");
      await page.mouse.move(300, 300);
      await page.mouse.move(box.x + 28, box.y + 28, { steps: 4 });
      await page.mouse.down();
      await page.mouse.up();
      await expect(button).toHaveCount(0);
    }
  }
});

test("a window of 499 px is covered, and the page behind does not scroll", async ({
  page,
  host,
  stack,
}) => {
  host.serve("/", hostPage(stack.appOrigin, '<div style="height:4000px">Long</div>'));
  await page.setViewportSize({ width: 900, height: 499 });
  await page.goto(host.origin);
  await mount(page, { mode: "bubble" }, null);
  await openButton(page).click();
  await hears(page, "ready");
  expect(await page.locator(".bubble iframe").boundingBox()).toEqual({
    x: 0,
    y: 0,
    width: 900,
    height: 499,
  });
  const overflow = () => page.evaluate(() => getComputedStyle(document.documentElement).overflow);
  expect(await overflow()).toBe("hidden");
  await chatFrame(page, "html").getByRole("button", { name: "Close chat" }).click();
  await expect.poll(overflow).toBe("visible");
});

test("a closed bubble counts the answers that come", async ({ page, host, stack }) => {
  giveSecrets(host, stack);
  await page.goto(host.origin);
  await mountFor(page, "ida", { mode: "bubble" }, null);
  await openButton(page).click();
  const frame = chatFrame(page, "html");
  await messageBox(frame).fill("long 150 [[pace:40]]");
  await messageBox(frame).press("Enter");
  await expect(frame.getByRole("article", { name: "Concierge" })).toBeVisible();
  await closeButton(page).click();
  const unread = () => page.evaluate(() => window.widget?.getState().unread);
  await expect.poll(unread, { timeout: 20_000 }).toBe(1);
  await expect(openButton(page)).toHaveAttribute("aria-description", "Unread answers: 1");
  await openButton(page).click();
  await expect.poll(unread).toBe(0);
});
