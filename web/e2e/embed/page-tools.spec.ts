// Tools of the host page, from its own function to the model and back, through the loader. The
// model is played; the Clerk asks to put a plant into the cart.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Page } from "@playwright/test";
import { type Stack, startStack } from "../support/stack";
import {
  chatFrame,
  expect,
  giveSecrets,
  hostPage,
  messageBox,
  mountFor,
  type Site,
  signInInside,
  test,
} from "./embed-test";
import { startSite } from "./site-server";

let shop: Stack;
let host: Site;

test.beforeAll(async () => {
  shop = await startStack({ shop: true });
  host = await startSite();
  giveSecrets(host, shop);
  host.serve("/", hostPage(shop.appOrigin));
});
test.afterAll(async () => {
  await host?.close();
  await shop?.stop();
});

/** The function of `add_to_cart`, as text. */
async function mountShop(page: Page, user: string, run: string): Promise<void> {
  await page.goto(host.origin);
  await mountFor(page, user);
  await page.evaluate((run) => {
    const calls: unknown[] = [];
    const act = new Function("args", "context", run);
    Object.assign(window, { calls });
    window.widget?.setTools({
      add_to_cart: {
        description: "Puts a plant into the cart",
        parameters: { type: "object", properties: { sku: { type: "string" } } },
        run(args, context) {
          calls.push(args);
          return act(args, context);
        },
      },
    });
    window.widget?.setContext({ plant_in_view: "M30" });
  }, run);
}

const calls = (page: Page) => page.evaluate(() => (window as { calls?: unknown[] }).calls);

async function askForPlant(page: Page): Promise<void> {
  const frame = chatFrame(page);
  await messageBox(frame).fill("Put M30 into my cart");
  await messageBox(frame).press("Enter");
  await expect(card(page)).toBeVisible();
}

const card = (page: Page) =>
  chatFrame(page).getByRole("region", { name: /asks for your permission/ });
const allow = (page: Page) =>
  chatFrame(page).getByRole("button", { name: "Allow", exact: true }).click();
const answer = (page: Page) => chatFrame(page).getByRole("article", { name: "Clerk" }).last();

test("a tool runs once, after the visitor allows it, and the page says what it shows", async ({
  page,
}) => {
  await mountShop(page, "ann", "return { in_cart: 1 }");
  const sent = page.waitForRequest((request) => request.url().endsWith("/api/chat"));
  await askForPlant(page);
  expect((await sent).postDataJSON()).toMatchObject({
    page_tools: [{ name: "add_to_cart", read_only: false }],
    page_context: '{"plant_in_view":"M30"}',
  });
  await expect(card(page)).toContainText("M30");
  expect(await calls(page)).toEqual([]);
  await allow(page);
  await expect.poll(() => calls(page)).toEqual([{ sku: "M30" }]);
  await expect(card(page)).toHaveCount(0);
  await expect(chatFrame(page).getByRole("button", { name: "Send" })).toBeVisible();
  await expect(answer(page)).toContainText(/cart/i);
  await page.reload();
  await mountShop(page, "ann", "return {}");
  await expect(answer(page)).toContainText(/cart/i);
  expect(await calls(page)).toEqual([]);
});

test("a tool that is refused does not run", async ({ page }) => {
  await mountShop(page, "bea", "return { in_cart: 1 }");
  await askForPlant(page);
  await chatFrame(page).getByRole("button", { name: "Don't allow" }).click();
  await expect(card(page)).toHaveCount(0);
  await expect(chatFrame(page).getByRole("button", { name: "Send" })).toBeVisible();
  expect(await calls(page)).toEqual([]);
});

for (const [name, run, said] of [
  ["throws", 'throw new Error("This plant is sold out")', "sold out"],
  ["rejects", 'return Promise.reject("No connection to the cart")', "No connection"],
  ["throws 100 KB", 'throw new Error("Sold out. ".repeat(10_000))', "Sold out"],
  ["returns 100 KB", 'return { list: "x".repeat(100_000) }', "64 KiB"],
] as const) {
  test(`a tool that ${name} is an error that the model hears of`, async ({ page }) => {
    await mountShop(page, `cleo-${name}`, run);
    await askForPlant(page);
    await allow(page);
    await expect(answer(page)).toContainText(said);
    expect(await calls(page)).toHaveLength(1);
  });
}

test("a tool that the page takes away is not called", async ({ page }) => {
  await mountShop(page, "dan", "return { in_cart: 1 }");
  await askForPlant(page);
  await page.evaluate(() => window.widget?.setTools({}));
  await allow(page);
  await expect(card(page)).toHaveCount(0);
  expect(await calls(page)).toEqual([]);
});

test("a message that the page posts answers nothing", async ({ page }) => {
  await mountShop(page, "eli", "return new Promise(() => {})");
  await askForPlant(page);
  await allow(page);
  await expect.poll(() => calls(page)).toHaveLength(1);
  await page.evaluate(() => {
    const frame = document.querySelector("#chat > div")?.shadowRoot?.querySelector("iframe");
    for (let id = 0; id < 50; id += 1) {
      const forged = { type: "toolResult", id, result: { in_cart: 99 } };
      frame?.contentWindow?.postMessage(forged, "*", [new MessageChannel().port2]);
      window.postMessage(forged, "*");
    }
  });
  await expect(chatFrame(page).getByText("The page runs")).toBeVisible();
  await expect(chatFrame(page).getByText("99")).toHaveCount(0);
});

test("a tool that never ends is given up after a minute", async ({ page }) => {
  await page.clock.install();
  await mountShop(page, "fay", "return new Promise(() => {})");
  await askForPlant(page);
  await allow(page);
  await expect.poll(() => calls(page)).toHaveLength(1);
  await page.clock.fastForward(61_000);
  await expect(answer(page)).toContainText("60 seconds");
  expect(await calls(page)).toHaveLength(1);
});

test("a tool that ran when the page was reloaded is not run again by itself", async ({ page }) => {
  await mountShop(page, "gus", "return new Promise(() => {})");
  await askForPlant(page);
  await allow(page);
  await expect.poll(() => calls(page)).toHaveLength(1);
  await mountShop(page, "gus", "return { in_cart: 1 }");
  const unsure = chatFrame(page).getByRole("region", { name: /may already have been done/ });
  await expect(unsure).toBeVisible();
  expect(await calls(page)).toEqual([]);
  await unsure.getByRole("button", { name: "Run again" }).click();
  await expect(answer(page)).toContainText(/cart/i);
  expect(await calls(page)).toHaveLength(1);
});

test("a tool runs once, though its tab was duplicated", async ({ page, context }) => {
  await mountShop(page, "hana", "return new Promise(() => {})");
  await askForPlant(page);
  // As a duplicate does, a page that is opened by another starts with a copy of its storage.
  const [copy] = await Promise.all([
    context.waitForEvent("page"),
    page.evaluate(() => void window.open("/")),
  ]);
  await mountShop(copy, "hana", "return { in_cart: 1 }");
  await expect(card(copy)).toBeVisible();
  await allow(page);
  await expect.poll(() => calls(page)).toHaveLength(1);
  await allow(copy);
  await expect(chatFrame(copy).getByRole("region", { name: /waits for the page/ })).toBeVisible();
  expect(await calls(copy)).toEqual([]);
});

test("a tab goes on in place of one that is gone", async ({ page, context }) => {
  await mountShop(page, "ida", "return new Promise(() => {})");
  await askForPlant(page);
  const [copy] = await Promise.all([
    context.waitForEvent("page"),
    page.evaluate(() => void window.open("/")),
  ]);
  await copy.clock.install();
  await mountShop(copy, "ida", "return { in_cart: 1 }");
  await expect(card(copy)).toBeVisible();
  await allow(page);
  await expect.poll(() => calls(page)).toHaveLength(1);
  await allow(copy);
  const waits = chatFrame(copy).getByRole("region", { name: /waits for the page/ });
  await expect(waits).toBeVisible();
  await expect(waits.getByRole("button")).toHaveCount(0);
  await page.close();
  await copy.clock.fastForward(61_000);
  await waits.getByRole("button", { name: "Continue here" }).click();
  await expect(answer(copy)).toContainText(/cart/i);
  expect(await calls(copy)).toEqual([{ sku: "M30" }]);
});

/** A tool registered with WebMCP after the chat was mounted, by a stand-in for the browser's API. */
async function mountWebTool(page: Page, user: string, hints: object): Promise<void> {
  await page.goto(host.origin);
  await page.evaluate(() => {
    const modelContext = Object.assign(new EventTarget(), {
      tools: [] as object[],
      calls: [] as unknown[],
      async getTools() {
        return this.tools;
      },
      async executeTool(tool: object, input: string) {
        if (!this.tools.includes(tool)) throw new Error("not a tool of this page");
        this.calls.push(JSON.parse(input));
        return JSON.stringify({ in_cart: 1 });
      },
    });
    Object.defineProperty(document, "modelContext", { configurable: true, value: modelContext });
    Object.assign(window, { calls: modelContext.calls });
  });
  await mountFor(page, user, { webmcp: true });
  await expect(messageBox(chatFrame(page))).toBeVisible();
  await page.evaluate((annotations) => {
    const { modelContext } = document as unknown as { modelContext: EventTarget };
    const inputSchema = '{"type":"object","properties":{"sku":{"type":"string"}}}';
    const description = "Puts a plant into the cart";
    const tool = { name: "add_to_cart", description, inputSchema, annotations };
    Object.assign(modelContext, { tools: [tool] });
    modelContext.dispatchEvent(new Event("toolchange"));
  }, hints);
}

test("a tool registered with WebMCP asks first, then runs with what was shown", async ({
  page,
}) => {
  await mountWebTool(page, "jan", {});
  await askForPlant(page);
  await expect(card(page)).toContainText("M30");
  expect(await calls(page)).toEqual([]);
  await allow(page);
  await expect(answer(page)).toContainText(/cart/i);
  expect(await calls(page)).toEqual([{ sku: "M30" }]);
});

test("a tool registered with WebMCP as read-only does not ask", async ({ page }) => {
  await mountWebTool(page, "kim", { readOnlyHint: true });
  await messageBox(chatFrame(page)).fill("Put M30 into my cart");
  await messageBox(chatFrame(page)).press("Enter");
  await expect(answer(page)).toContainText(/cart/i);
  expect(await calls(page)).toEqual([{ sku: "M30" }]);
});

test("the page's tools of docs/AGENTS.md work as they stand", async ({ page }) => {
  const file = fileURLToPath(new URL("../../../docs/AGENTS.md", import.meta.url));
  const example = /```js\n(const chat = [\s\S]*?)```/.exec(readFileSync(file, "utf8"))?.[1];
  if (!example) throw new Error("docs/AGENTS.md has no example of page tools");
  host.handle("/cart/F12", (_, response) => void response.writeHead(204).end());
  await page.goto(host.origin);
  await page.evaluate(example);
  const frame = chatFrame(page);
  await signInInside(frame, shop);
  // Which plant it is about, the page says.
  await messageBox(frame).fill("Put it into my cart");
  await messageBox(frame).press("Enter");
  await expect(card(page)).toContainText("F12");
  expect(host.asked).not.toContain("POST /cart/F12");
  await allow(page);
  await expect(answer(page)).toContainText(/cart/i);
  expect(host.asked.filter((asked) => asked === "POST /cart/F12")).toHaveLength(1);
});

test("a bare frame has no tools of the page", async ({ page }) => {
  const src = `${shop.appOrigin}/chat?embed=1&site=shop`;
  host.serve("/bare.html", `<!doctype html><div id="chat"><iframe src="${src}"></iframe></div>`);
  await page.goto(`${host.origin}/bare.html`);
  const frame = chatFrame(page);
  await frame.getByLabel("Passcode").fill(shop.passcode);
  await frame.getByRole("button", { name: "Sign in" }).click();
  await frame.getByLabel("API key").fill(shop.apiKey);
  await frame.getByRole("button", { name: "Save" }).click();
  await messageBox(frame).fill("Put the fern into my cart");
  await messageBox(frame).press("Enter");
  await expect(answer(page)).toContainText(/page|cart/);
  await expect(card(page)).toHaveCount(0);
});
