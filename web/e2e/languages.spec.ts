// Every page in every language: none of the English texts is left, nothing is cut off or scrolls
// sideways on a narrow phone, and the page says which language it is in.
import { readdirSync, readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { expectAccessible } from "./support/axe";
import { expect, openChat, send, test } from "./support/stack";

type Catalogue = Record<string, string>;
const folder = new URL("../src/locales/", import.meta.url);
const read = (tag: string): Catalogue =>
  JSON.parse(readFileSync(new URL(`${tag}.json`, folder), "utf8"));
const english = read("en");
const languages = readdirSync(folder)
  .filter((file) => file.endsWith(".json") && file !== "en.json")
  .map((file) => file.replace(".json", ""));
const RIGHT_TO_LEFT = ["ar", "fa", "he"];

test.use({ viewport: { width: 360, height: 740 } });

async function speak(page: Page, tag: string, path: string) {
  await page.evaluate((language) => localStorage.setItem("so.language", language), tag);
  await page.goto(path);
  await expect(page.locator("html")).toHaveAttribute("lang", tag);
  const direction = RIGHT_TO_LEFT.includes(tag) ? "rtl" : "ltr";
  await expect(page.locator("html")).toHaveAttribute("dir", direction);
}

/** Visible and announced texts. */
function textsOf(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const texts = new Set<string>();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) texts.add(walker.currentNode.textContent?.trim() ?? "");
    for (const element of document.querySelectorAll("[aria-label], [placeholder], [title]")) {
      for (const name of ["aria-label", "placeholder", "title"]) {
        texts.add(element.getAttribute(name) ?? "");
      }
    }
    texts.add(document.title);
    return [...texts].filter(Boolean);
  });
}

/** English texts of the catalogue that the language has other words for. */
async function englishLeft(page: Page, tag: string): Promise<string[]> {
  const catalogue = read(tag);
  const own = new Set(Object.values(catalogue));
  const foreign = new Set(Object.values(english).filter((text) => !own.has(text)));
  return (await textsOf(page)).filter((text) => foreign.has(text));
}

/** Elements whose words do not fit in, but for the titles that visitors give. */
function cutOff(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const wide = document.documentElement.scrollWidth > window.innerWidth;
    const cut = [...document.querySelectorAll<HTMLElement>("button, a, label, p, h1, h2, option")]
      .filter((element) => element.offsetParent !== null && !element.closest("nav li, h1"))
      .filter((element) => {
        const style = getComputedStyle(element);
        const hides = style.overflowX !== "visible" || element.tagName === "BUTTON";
        return hides && element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 1;
      })
      .map((element) => `${element.tagName}: ${element.textContent}`);
    return wide ? ["the page scrolls sideways", ...cut] : cut;
  });
}

async function expectWhole(page: Page, tag: string) {
  expect(await englishLeft(page, tag), `English left in ${tag}`).toEqual([]);
  expect(await cutOff(page), `cut off in ${tag}`).toEqual([]);
}

test("show no English and cut nothing off", async ({ page, stack, browser }) => {
  test.setTimeout(240_000);
  const strangers = await browser.newPage({
    baseURL: stack.appOrigin,
    viewport: { width: 360, height: 740 },
  });
  await strangers.goto("/login");
  await openChat(page, stack);
  for (const tag of languages) {
    const catalogue = read(tag);
    await speak(strangers, tag, "/login");
    await strangers.getByRole("button", { name: catalogue["auth.sign_in"] }).click();
    await expect(strangers.getByText(catalogue["auth.passcode_missing"] ?? "")).toBeVisible();
    await expectWhole(strangers, tag);

    await speak(page, tag, "/settings");
    await page.getByRole("button", { name: catalogue["auth.sign_out"], exact: true }).click();
    await expect(page.getByRole("dialog")).toBeVisible();
    await expectWhole(page, tag);

    await speak(page, tag, "/chat");
    await expect(page.getByRole("textbox", { name: catalogue["chat.message"] })).toBeVisible();
    await page.getByRole("button", { name: catalogue["threads.name"], exact: true }).click();
    await expect(page.getByRole("searchbox")).toBeVisible();
    await expectWhole(page, tag);
  }
  await strangers.close();
});

for (const tag of ["ar", "de", "ja"]) {
  test(`are accessible in ${tag}`, async ({ page, stack }) => {
    await openChat(page, stack);
    for (const path of ["/settings", "/chat"]) {
      await speak(page, tag, path);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      await expectAccessible(page, `${path} in ${tag}`);
    }
  });
}

test("a title in Latin letters begins on the right of a page that runs from there", async ({
  page,
  stack,
}) => {
  await openChat(page, stack);
  await send(page, "Please keep a note that the demo is on Friday");
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Please");
  await speak(page, "ar", new URL(page.url()).pathname);
  const title = page.getByRole("heading", { level: 1 });
  await expect(title).toHaveCSS("direction", "ltr");
  await expect(title).toHaveCSS("text-align", /right$/);
});

test("say an error of the server by its code", async ({ page }) => {
  await page.goto("/login");
  await speak(page, "de", "/login");
  const german = read("de");
  await page.getByLabel(german["auth.passcode"] ?? "").fill("wrong");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("alert")).toHaveText(german["error.wrong_passcode"] ?? "");
});

test("follow the browser's languages, in their order", async ({ browser, stack }) => {
  const context = await browser.newContext({ baseURL: stack.appOrigin, locale: "pt-PT" });
  const page = await context.newPage();
  await page.goto("/login");
  await expect(page.locator("html")).toHaveAttribute("lang", "pt-BR");
  await expect(page.getByLabel(read("pt-BR")["auth.passcode"] ?? "")).toBeVisible();
  await context.close();
});
