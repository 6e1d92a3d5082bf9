// Pages of other people that used to break the widget, each for its class.
import type { Page } from "@playwright/test";
import type { Stack } from "../support/stack";
import {
  chatFrame,
  converse,
  expect,
  giveSecrets,
  hears,
  hostPage,
  messageBox,
  mount,
  mountFor,
  signInInside,
  test,
} from "./embed-test";

const open = (page: Page) => page.getByRole("button", { name: "Open chat" });
const close = (page: Page) => page.getByRole("button", { name: "Close chat" });

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
      const box = await open(page).boundingBox();
      expect(box).toEqual({ x: 1000 - 76, y: 800 - 76, width: 56, height: 56 });
      await open(page).click();
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
    await open(page).click();
    await hears(page, "ready");
    // No veil of its own over the page.
    const veil = await page
      .locator("html > div[popover]")
      .evaluate((bubble) => getComputedStyle(bubble, "::backdrop").display);
    expect(veil).toBe("none");

    await page.evaluate(() => document.querySelector("dialog")?.showModal());
    await expect(page.getByRole("button", { name: "Accept" })).toBeFocused();
    await expect(close(page).click({ timeout: 500 })).rejects.toThrow("dialog");
    await page.keyboard.press("Escape");
    await expect(page.getByRole("button", { name: "Accept" })).toBeHidden();
    await close(page).click();
    await expect(open(page)).toBeVisible();
  });

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
    await open(page).click();
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
    await expect(open(page)).toBeVisible();
    await page.getByRole("button", { name: "Buy" }).click({ timeout: 2_000 });
  });

  test("a bubble is not printed", async ({ page, host }) => {
    await page.goto(host.origin);
    await mount(page, { mode: "bubble" }, null);
    await expect(open(page)).toBeVisible();
    await page.emulateMedia({ media: "print" });
    await expect(page.locator("button")).toBeHidden();
  });
});

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

test("libraries that change built-ins change nothing", async ({ page, host, stack }) => {
  const library = `
    Array.prototype.toJSON = function () { return "[" + this.map((x) => JSON.stringify(String(x))).join(", ") + "]" };
    String.prototype.toJSON = function () { return "noise" };
    Object.prototype.siteId = "noise";
    Object.prototype.extend = function () {};
    window.define = function () { throw new Error("not a module") };
    window.define.amd = {};
    window.module = { exports: {} };`;
  host.serve("/library.js", library);
  host.serve(
    "/",
    hostPage(stack.appOrigin, '<div id="chat"></div>', '<script src="/library.js"></script>'),
  );
  giveSecrets(host, stack);
  await page.goto(host.origin);
  await mountFor(page, "ann", { starters: ["A", "B"] });
  const frame = chatFrame(page);
  await expect(frame.getByRole("button", { name: "A", exact: true })).toBeVisible();
  await expect(frame.getByRole("button", { name: "B", exact: true })).toBeVisible();
});

test.describe("built-ins that the page has replaced", () => {
  const changes = {
    "Object.prototype": `for (const name of ["get", "set", "value", "once", "passive", "title", "state", "type"])
      Object.prototype[name] = function () { return name };`,
    "the ways of Prototype.js": `Array.from = (items) => Array.prototype.slice.call(items);
      Array.prototype.each = Array.prototype.forEach;
      Array.prototype.map = function (act, self) { const made = []; this.forEach((one, n) => made.push(act.call(self, one, n))); return made };
      Array.prototype.toJSON = function () { return "[]" };
      Element.prototype.remove = function () { this.parentNode.removeChild(this); return this };
      Element.prototype.update = Element.prototype.show = function () { return this };`,
    "globals with the names of built-ins": `var URL = "https://elsewhere.example/", Set = 1, Map = 2, Event = {}, Promise = "soon";
      window.fetch = null; window.console = {}; JSON.stringify = () => { throw new Error("no") };`,
  };
  for (const [name, change] of Object.entries(changes)) {
    test(name, async ({ page, host, stack }) => {
      host.serve("/library.js", change);
      const src = `${stack.appOrigin}/embed/smoothoperator.js`;
      const chat = `<script src="${src}" data-target="#chat" data-title="Hilfe" data-locale="de"></script>`;
      const bubble = `<script src="${src}" data-mode="bubble" data-locale="de"></script>`;
      const head = `<title>Host</title><script src="/library.js"></script>${chat}${bubble}`;
      host.serve("/", `<!doctype html><head>${head}</head><body><div id="chat"></div></body>`);
      await page.goto(host.origin);
      await expect(chatFrame(page).getByRole("heading", { name: "Hilfe" })).toBeVisible();
      await page.getByRole("button", { name: "Chat öffnen" }).click();
      await expect(
        page.locator(".bubble iframe").contentFrame().getByRole("heading"),
      ).toBeVisible();
      await page.getByRole("button", { name: "Chat schließen" }).click();
      await expect(page.locator(".bubble iframe")).toBeHidden();
    });
  }
});

test("an element named currentScript does not say where the chat comes from", async ({
  page,
  host,
  stack,
}) => {
  const script = `<script src="${stack.appOrigin}/embed/smoothoperator.js"></script>`;
  const trap = '<img name="currentScript" src="https://elsewhere.example/embed/x.js">';
  host.serve("/", `<!doctype html>${trap}<div id="chat"></div>${script}`);
  const said = page.waitForEvent("pageerror");
  await page.goto(host.origin);
  expect((await said).message).toContain("classic <script src>");
});

test.describe("a page without an origin of its own", () => {
  const inner = (stack: Stack) =>
    `<!doctype html><title>Inner</title><div id="chat"></div>
     <script src="${stack.appOrigin}/embed/smoothoperator.js"></script>
     <script>SmoothOperator.mount("#chat", { title: "Help" }).ready.then(
       () => document.title = "ready", (reason) => document.title = reason.message)</script>`;
  const escaped = (html: string) => html.replaceAll("&", "&amp;").replaceAll('"', "&quot;");

  for (const [name, attributes] of [
    ["srcdoc", (html: string) => `srcdoc="${escaped(html)}"`],
    [
      "a sandbox that leaves it its origin",
      (html: string) =>
        `sandbox="allow-scripts allow-same-origin allow-forms" srcdoc="${escaped(html)}"`,
    ],
  ] as const) {
    test(`${name} shows the chat`, async ({ page, host, stack }) => {
      host.serve(
        "/",
        `<!doctype html><title>Host</title><iframe ${attributes(inner(stack))}></iframe>`,
      );
      await page.goto(host.origin);
      const frame = page.frameLocator("iframe").frameLocator("iframe");
      await expect(frame.getByRole("heading", { name: "Help" })).toBeVisible();
    });
  }

  test("in a sandbox it is told why there is no chat", async ({ page, host, stack }) => {
    const attributes = `sandbox="allow-scripts allow-forms" srcdoc="${escaped(inner(stack))}"`;
    host.serve("/", `<!doctype html><title>Host</title><iframe ${attributes}></iframe>`);
    await page.goto(host.origin);
    await expect.poll(() => page.frames()[1]?.title(), { timeout: 20_000 }).toContain("sandbox");
  });
});

test.describe("elements named like the global", () => {
  const elements = [
    '<div id="SmoothOperator"></div>',
    '<form id="SmoothOperator"><input name="mount"></form>',
    '<iframe name="SmoothOperator" src="about:blank"></iframe>',
  ];
  for (const element of elements) {
    test(element, async ({ page, host, stack }) => {
      const script = `<script src="${stack.appOrigin}/embed/smoothoperator.js"></script>`;
      host.serve("/", `<!doctype html>${element}<div id="chat"></div>${script}`);
      await page.goto(host.origin);
      await mount(page, { title: "Help" });
      await expect(chatFrame(page).getByRole("heading", { name: "Help" })).toBeVisible();
    });
  }
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
      const widget = mode === "bubble" ? open(page) : page.locator("#chat iframe");
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
    await expect(open(page)).toHaveCount(1);
    await swap(page);
    await expect(open(page)).toHaveCount(1);
    await page.evaluate(() => {
      document.open();
      document.write("<h1>Written</h1>");
      document.close();
    });
    await expect(page.getByRole("heading")).toHaveText("Written");
    await expect(open(page)).toHaveCount(1);
    await open(page).click();
    await expect(page.locator("iframe")).toBeVisible();
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

test("the pointer may leave the button and come back: each click counts", async ({
  page,
  host,
}) => {
  await page.goto(host.origin);
  await mount(page, { mode: "bubble" }, null);
  for (let round = 0; round < 4; round += 1) {
    for (const button of [open(page), close(page)]) {
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
  await open(page).click();
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
    await open(page).click();
    await expect(messageBox(chatFrame(page, "html"))).toBeFocused();
    await page.reload();
    await mountFor(page, "hal", { mode: "bubble" }, null);
    await expect(close(page)).toBeVisible();
    await expect(messageBox(chatFrame(page, "html"))).toBeVisible();
    await expect(page.getByLabel("Search")).toBeFocused();
    await close(page).click();
    await page.reload();
    await mountFor(page, "hal", { mode: "bubble" }, null);
    await expect(open(page)).toBeVisible();
  });
});

test("a closed bubble counts the answers that come", async ({ page, host, stack }) => {
  giveSecrets(host, stack);
  await page.goto(host.origin);
  await mountFor(page, "ida", { mode: "bubble" }, null);
  await open(page).click();
  const frame = chatFrame(page, "html");
  await messageBox(frame).fill("long 150 [[pace:40]]");
  await messageBox(frame).press("Enter");
  await expect(frame.getByRole("article", { name: "Concierge" })).toBeVisible();
  await close(page).click();
  const unread = () => page.evaluate(() => window.widget?.getState().unread);
  await expect.poll(unread, { timeout: 20_000 }).toBe(1);
  await expect(open(page)).toHaveAttribute("aria-description", "Unread answers: 1");
  await open(page).click();
  await expect.poll(unread).toBe(0);
});

test("in auto height the frame never shrinks, and shows no scroll bar while it grows", async ({
  page,
  host,
  stack,
}) => {
  giveSecrets(host, stack);
  await page.goto(host.origin);
  await mountFor(page, "jan", { height: "auto" });
  const frame = chatFrame(page);
  await expect(messageBox(frame)).toBeVisible();
  await page.evaluate(() => {
    const heights: number[] = [];
    Object.assign(window, { heights });
    window.widget?.on("resize", ({ height }) => heights.push(height));
  });
  await frame.locator("html").evaluate((root) => {
    const seen = { scrollbar: false };
    Object.assign(window, { seen });
    const look = () => {
      seen.scrollbar ||= root.clientWidth < window.innerWidth;
      requestAnimationFrame(look);
    };
    look();
  });
  await converse(frame, "long 120 [[pace:2]]");
  await converse(frame, "Hello");
  const heights = await page.evaluate(() => (window as { heights?: number[] }).heights ?? []);
  expect(heights.length).toBeGreaterThan(1);
  expect(heights).toEqual([...heights].sort((a, b) => a - b));
  const seen = await frame
    .locator("html")
    .evaluate(() => (window as { seen?: { scrollbar: boolean } }).seen);
  expect(seen).toEqual({ scrollbar: false });
  await page.evaluate(() => window.widget?.newThread());
  await expect
    .poll(() => page.evaluate(() => (window as { heights?: number[] }).heights?.at(-1)))
    .toBeLessThan(Math.max(...heights));
});
