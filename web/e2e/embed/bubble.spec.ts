// The bubble, and a frame whose page is left, hidden or small.
import type { Page } from "@playwright/test";
import { fullChromiumPath } from "../../../scripts/lib/chromium.mjs";
import {
  chatFrame,
  converse,
  expect,
  giveSecrets,
  hostPage,
  inBothCookieModes,
  messageBox,
  mount,
  mountFor,
  test,
} from "./embed-test";
import { frameText } from "./frame-text";
import { startHttpProxy } from "./http-proxy";

const open = (page: Page) => page.getByRole("button", { name: "Open chat" });
const close = (page: Page) => page.getByRole("button", { name: "Close chat" });

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
    await open(page).hover();
    expect(proxy.seen.map(({ url }) => url)).toEqual(["/embed/smoothoperator.js"]);
    await open(page).click();
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

    await expect(open(page)).toHaveAttribute("aria-expanded", "false");
    await open(page).focus();
    await page.keyboard.press("Enter");
    await expect(close(page)).toHaveAttribute("aria-expanded", "true");
    await expect(messageBox(frame)).toBeFocused();
    await page.keyboard.type("Half a thou");
    await frame.locator("html").evaluate(() => Object.assign(window, { same: true }));

    await page.keyboard.press("Escape");
    await expect(open(page)).toBeFocused();
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
    await open(page).click();
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
    await open(page).click();
    const frame = chatFrame(page);
    await messageBox(frame).fill("long 100 [[pace:10]]");
    await messageBox(frame).press("Enter");
    await expect(frame.getByRole("article", { name: "Concierge" })).toBeVisible();
    await close(page).click();
    await expect
      .poll(() => page.evaluate(() => window.widget?.getState().running), { timeout: 20_000 })
      .toBe(false);
    await open(page).click();
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
      await open(page).click();
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
      await expect(close(page)).toBeHidden();
      await frame.getByRole("button", { name: "Close chat" }).click();
      await expect(open(page)).toBeFocused();
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
