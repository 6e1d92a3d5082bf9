// Host pages whose style sheets hide, move or clip what is theirs, and used to do so to the chat.
import {
  chatFrame,
  closeButton,
  expect,
  hears,
  hostPage,
  mount,
  openButton,
  test,
} from "./embed-test";

test.describe("style sheets", () => {
  const sheets = [
    "div:empty { display: none }",
    "* { all: unset !important }",
    "div { display: none !important; position: static !important; height: 0 !important }",
    "html * { all: unset; opacity: 0; visibility: hidden; transform: scale(0) }",
    "body { transform: translateY(-300px); filter: blur(0) }",
    "body { display: grid; grid-template-columns: 0 0 }",
    "html > * { position: relative !important; left: -5000px !important }",
    "html { transform: translateY(-300px); filter: blur(0); contain: paint; overflow: hidden }",
    "[popover] { display: none !important; opacity: 0 !important; inset: auto !important }",
  ];
  for (const sheet of sheets) {
    test(`a bubble is seen and works under ${sheet}`, async ({ page, host, stack }) => {
      host.serve("/", hostPage(stack.appOrigin, "<p>Shop</p>", `<style>${sheet}</style>`));
      await page.goto(host.origin);
      await mount(page, { mode: "bubble" }, null);
      const box = await openButton(page).boundingBox();
      expect(box).toEqual({ x: 1000 - 76, y: 800 - 76, width: 56, height: 56 });
      await openButton(page).click();
      await hears(page, "ready");
      expect(await page.locator(".bubble iframe").boundingBox()).toMatchObject({ width: 400 });
    });
  }

  test("a bubble is above what the page puts on top, and below its later dialogs", async ({
    page,
    host,
    stack,
  }) => {
    const sheet = `#cover { position: fixed; inset: 0; z-index: 2147483647 }
      ::backdrop { background: rgb(255 0 0); display: block !important }`;
    const body = `<div id="cover"></div><dialog><button autofocus>Accept</button></dialog>`;
    host.serve("/", hostPage(stack.appOrigin, body, `<style>${sheet}</style>`));
    await page.goto(host.origin);
    await mount(page, { mode: "bubble" }, null);
    await openButton(page).click();
    await hears(page, "ready");
    // No veil of its own over the page.
    const veil = await page
      .locator("html > div[popover]")
      .evaluate((bubble) => getComputedStyle(bubble, "::backdrop").display);
    expect(veil).toBe("none");

    await page.evaluate(() => document.querySelector("dialog")?.showModal());
    await expect(page.getByRole("button", { name: "Accept" })).toBeFocused();
    await expect(closeButton(page).click({ timeout: 500 })).rejects.toThrow("dialog");
    await page.keyboard.press("Escape");
    await expect(page.getByRole("button", { name: "Accept" })).toBeHidden();
    await closeButton(page).click();
    await expect(openButton(page)).toBeVisible();
  });

  for (const zoom of [0.7, 1.5]) {
    test(`a bubble fits the window of a page with a zoom of ${zoom}`, async ({
      page,
      host,
      stack,
    }) => {
      const head = `<style>html { zoom: ${zoom} }</style>`;
      host.serve("/", hostPage(stack.appOrigin, "<p>Shop</p>", head));
      await page.goto(host.origin);
      await mount(page, { mode: "bubble" }, null);
      await openButton(page).click();
      const panel = page.locator(".bubble");
      // The driver's boundingBox() ignores the page's zoom.
      const edges = () =>
        panel.evaluate((element) => {
          const { left, top, right, bottom } = element.getBoundingClientRect();
          return [left, top, right, bottom].map(Math.round);
        });
      const [, top = -1] = await edges();
      expect(top).toBeGreaterThanOrEqual(0);
      await page.setViewportSize({ width: 390, height: 700 });
      await expect.poll(edges).toEqual([0, 0, 390, 700]);
    });
  }

  for (const sheet of sheets.slice(0, 1).concat("div { float: left; width: 1px; margin: 40px }")) {
    test(`an inline chat is seen under ${sheet}`, async ({ page, host, stack }) => {
      const body = '<section id="chat"></section>';
      host.serve("/", hostPage(stack.appOrigin, body, `<style>${sheet}</style>`));
      await page.goto(host.origin);
      await mount(page, { width: 500, height: 420 });
      await hears(page, "ready");
      await expect(chatFrame(page).getByLabel("Passcode")).toBeVisible();
      expect(await page.locator("iframe").boundingBox()).toMatchObject({ width: 500, height: 420 });
    });
  }

  test("a bubble moves nothing of a page laid out by flex", async ({ page, host, stack }) => {
    const sheet =
      "body{display:flex;flex-direction:column;justify-content:space-between;min-height:100vh;margin:0}";
    const body = "<header>Head</header><footer>Foot</footer>";
    host.serve("/", hostPage(stack.appOrigin, body, `<style>${sheet}</style>`));
    await page.goto(host.origin);
    const before = await page.locator("footer").boundingBox();
    await mount(page, { mode: "bubble" }, null);
    await openButton(page).click();
    expect(await page.locator("footer").boundingBox()).toEqual(before);
  });

  test("a bubble leaves the page its clicks, whatever variables it has", async ({
    page,
    host,
    stack,
  }) => {
    const sheet = ":root { --w: 100vw; --h: 100vh; --p: relative } body { height: 0; margin: 0 }";
    const body = '<button style="position: fixed; left: 300px; top: 300px">Buy</button>';
    host.serve("/", hostPage(stack.appOrigin, body, `<style>${sheet}</style>`));
    await page.goto(host.origin);
    await mount(page, { mode: "bubble" }, null);
    await expect(openButton(page)).toBeVisible();
    await page.getByRole("button", { name: "Buy" }).click({ timeout: 2_000 });
  });

  test("a bubble is not printed", async ({ page, host }) => {
    await page.goto(host.origin);
    await mount(page, { mode: "bubble" }, null);
    await expect(openButton(page)).toBeVisible();
    await page.emulateMedia({ media: "print" });
    await expect(page.locator("button")).toBeHidden();
  });
});
