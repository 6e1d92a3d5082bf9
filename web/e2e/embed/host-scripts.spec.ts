// Host pages whose scripts and elements change what the loader relies on.
import type { Locator } from "@playwright/test";
import { chatFrame, expect, giveSecrets, hostPage, mount, mountFor, test } from "./embed-test";

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

test("a page in XHTML shows the chat", async ({ page, host, stack }) => {
  const src = `${stack.appOrigin}/embed/smoothoperator.js`;
  host.serve(
    "/",
    `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>Host</title></head>
     <body><div id="chat"></div><script src="${src}" data-target="#chat" data-title="Help"></script></body></html>`,
    { "content-type": "application/xhtml+xml" },
  );
  await page.goto(host.origin);
  // The driver finds no frames by their element in XHTML.
  await expect.poll(() => page.frames().length).toBe(2);
  const heading = page.frames()[1]?.getByRole("heading", { name: "Help" });
  await expect(heading as Locator).toBeVisible();
});

test("a page that removes what is not its own is not frozen", async ({ page, host, stack }) => {
  const guard = `<script>
    window.removed = 0;
    new MutationObserver(() => {
      for (const one of document.querySelectorAll("html > :not(head, body)")) { one.remove(); removed++; }
    }).observe(document.documentElement, { childList: true });
  </script>`;
  const script = `<script src="${stack.appOrigin}/embed/smoothoperator.js" data-mode="bubble"></script>`;
  const button = '<button onclick="this.textContent = `Bought`">Buy</button>';
  host.serve("/", `<!doctype html><head>${guard}${script}</head><body>${button}</body>`);
  await page.goto(host.origin);
  const removed = () => page.evaluate(() => (window as { removed?: number }).removed);
  await expect.poll(removed).toBeGreaterThan(5);
  await page.getByRole("button", { name: "Buy" }).click();
  await expect(page.getByRole("button", { name: "Bought" })).toBeVisible();
});

test("an element can be mounted on before the page inserts it", async ({ page, host }) => {
  await page.goto(host.origin);
  await page.evaluate(async () => {
    const place = document.createElement("section");
    window.widget = window.SmoothOperator?.mount(place, { title: "Later" });
    document.body.append("Something else first");
    // The page's observers have run by the next task.
    await new Promise((resolve) => requestAnimationFrame(resolve));
    document.body.append(place);
    await window.widget?.ready;
  });
  const frame = chatFrame(page, "section");
  await expect(frame.getByRole("heading", { name: "Later" })).toBeVisible();
  await page.evaluate(() => document.querySelector("section")?.remove());
  await expect(page.locator("iframe")).toHaveCount(0);
});
