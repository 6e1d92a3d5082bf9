// Host pages that are left, swap their body, or lead to the next page of the site.
import type { Page } from "@playwright/test";
import {
  chatFrame,
  closeButton,
  converse,
  expect,
  giveSecrets,
  hears,
  hostPage,
  messageBox,
  mount,
  mountFor,
  openButton,
  signInInside,
  test,
} from "./embed-test";

test("the history is the host page's: Back leaves it", async ({ page, host, stack }) => {
  host.serve("/first.html", "<!doctype html><title>First</title>");
  await page.goto(`${host.origin}/first.html`);
  await page.goto(host.origin);
  const length = () => page.evaluate(() => history.length);
  const before = await length();
  await mount(page);
  const frame = chatFrame(page);
  await signInInside(frame, stack);
  await converse(frame, "Hello");
  await page.evaluate(() => window.widget?.newThread());
  await expect(frame.getByRole("article")).toHaveCount(0);
  await converse(frame, "Hello again");
  expect(await length()).toBe(before);
  // pause: none; the driver would wait in vain for a page that comes out of the cache
  await page.evaluate(() => setTimeout(() => history.back()));
  await expect(page).toHaveTitle("First");
});

test.describe("a page that swaps its body", () => {
  const swap = (page: Page) =>
    page.evaluate(() => {
      const body = document.createElement("body");
      body.innerHTML = '<h1>Next page</h1><div id="chat"></div>';
      document.body = body;
    });

  for (const [mode, attributes] of [
    ["bubble", 'data-mode="bubble"'],
    ["inline", 'data-target="#chat"'],
  ] as const) {
    test(`has a ${mode} by attributes there once`, async ({ page, host, stack }) => {
      const script = `<script src="${stack.appOrigin}/embed/smoothoperator.js" ${attributes}></script>`;
      host.serve("/", `<!doctype html><head>${script}</head><body><div id="chat"></div></body>`);
      await page.goto(host.origin);
      const widget = mode === "bubble" ? openButton(page) : page.locator("#chat iframe");
      await expect(widget).toHaveCount(1);
      await swap(page);
      await expect(page.getByRole("heading")).toHaveText("Next page");
      await expect(widget).toHaveCount(1);
      await expect(widget).toBeVisible();
      await swap(page);
      await expect(widget).toHaveCount(1);
    });
  }

  test("has it there once after document.write, and with the script on it three times", async ({
    page,
    host,
    stack,
  }) => {
    const script = `<script src="${stack.appOrigin}/embed/smoothoperator.js" data-mode="bubble"></script>`;
    const base = '<base href="https://elsewhere.example/">';
    host.serve("/", `<!doctype html><head>${base}${script}</head><body>${script}${script}</body>`);
    await page.goto(host.origin);
    await expect(openButton(page)).toHaveCount(1);
    await swap(page);
    await expect(openButton(page)).toHaveCount(1);
    await page.evaluate(() => {
      document.open();
      document.write("<h1>Written</h1>");
      document.close();
    });
    await expect(page.getByRole("heading")).toHaveText("Written");
    await expect(openButton(page)).toHaveCount(1);
    await openButton(page).click();
    await expect(page.locator("iframe")).toBeVisible();
  });

  test("keeps the bubble when it runs the same tag again, as for each new body", async ({
    page,
    host,
    stack,
  }) => {
    const script = `<script src="${stack.appOrigin}/embed/smoothoperator.js" data-mode="bubble"></script>`;
    host.serve("/", `<!doctype html><title>Host</title><body>${script}</body>`);
    await page.goto(host.origin);
    await openButton(page).click();
    const frame = chatFrame(page, "html");
    await expect(frame.getByLabel("Passcode")).toBeVisible();
    await frame.locator("html").evaluate(() => Object.assign(window, { same: true }));
    await page.evaluate(async () => {
      for (let visit = 0; visit < 3; visit += 1) {
        const body = document.createElement("body");
        const script = document.createElement("script");
        const old = document.querySelector("script");
        for (const { name, value } of old?.attributes ?? []) script.setAttribute(name, value);
        const loaded = new Promise((resolve) => script.addEventListener("load", resolve));
        body.append(script);
        document.body = body;
        await loaded;
      }
    });
    await expect(closeButton(page)).toHaveCount(1);
    expect(await frame.locator("html").evaluate(() => "same" in window)).toBe(true);
  });

  test("shows a widget by attributes once its target is there", async ({ page, host, stack }) => {
    const script = `<script src="${stack.appOrigin}/embed/smoothoperator.js" data-target="#chat"></script>`;
    host.serve("/", `<!doctype html><head>${script}</head><body><h1>No chat here</h1></body>`);
    const said = page.waitForEvent("pageerror");
    await page.goto(host.origin);
    expect((await said).message).toContain('no element "#chat"');
    await swap(page);
    await expect(chatFrame(page).getByLabel("Passcode")).toBeVisible();
    await expect(page.locator("iframe")).toHaveCount(1);
  });

  test("leaves no frame of a widget by script, which can be mounted again", async ({
    page,
    host,
  }) => {
    await page.goto(host.origin);
    await mount(page);
    await hears(page, "ready");
    await page.evaluate(() => {
      document.body.innerHTML = '<div id="chat"></div>';
    });
    await expect(page.locator("iframe")).toHaveCount(0);
    await mount(page);
    await hears(page, "ready");
    await expect(page.locator("iframe")).toHaveCount(1);
  });
});

test.describe("the next page of the site", () => {
  test("goes on with the conversation and what was typed", async ({ page, host, stack }) => {
    giveSecrets(host, stack);
    host.serve("/next.html", hostPage(stack.appOrigin));
    await page.goto(host.origin);
    await mountFor(page, "gus");
    const frame = chatFrame(page);
    await converse(frame, "Hello from the first page");
    await messageBox(frame).fill("Half a thou");
    await page.goto(`${host.origin}/next.html`);
    await mountFor(page, "gus");
    await expect(frame.getByRole("article", { name: "You" })).toContainText("the first page");
    await expect(messageBox(frame)).toHaveValue("Half a thou");
    const threadId = await page.evaluate(() => window.widget?.getState().threadId);

    await page.evaluate(() => window.widget?.newThread());
    await expect(frame.getByRole("article")).toHaveCount(0);
    await page.evaluate((id) => window.widget?.openThread(id ?? ""), threadId);
    await expect(frame.getByRole("article", { name: "You" })).toContainText("the first page");

    await page.goto(host.origin);
    await mountFor(page, "gus", { siteId: "blog" });
    await expect(messageBox(frame)).toBeVisible();
    await expect(frame.getByRole("article")).toHaveCount(0);
    await mountFor(page, "gus", { threadId });
    await expect(frame.getByRole("article", { name: "You" })).toContainText("the first page");
  });

  test("has the bubble open that was left open, without taking the focus", async ({
    page,
    host,
    stack,
  }) => {
    giveSecrets(host, stack);
    host.serve("/", hostPage(stack.appOrigin, '<input aria-label="Search" autofocus>'));
    await page.goto(host.origin);
    await mountFor(page, "hal", { mode: "bubble" }, null);
    await openButton(page).click();
    await expect(messageBox(chatFrame(page, "html"))).toBeFocused();
    await page.reload();
    await mountFor(page, "hal", { mode: "bubble" }, null);
    await expect(closeButton(page)).toBeVisible();
    await expect(messageBox(chatFrame(page, "html"))).toBeVisible();
    await expect(page.getByLabel("Search")).toBeFocused();
    await closeButton(page).click();
    await page.reload();
    await mountFor(page, "hal", { mode: "bubble" }, null);
    await expect(openButton(page)).toBeVisible();
  });
});
