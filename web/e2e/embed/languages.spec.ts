// The widget in every language: the loader's own texts, and what a frame shows in place of the chat
// and around it.
import type { Page } from "@playwright/test";
import { catalogueOf, expectEveryLanguage, languages, OWN_WORDS } from "../support/languages";
import {
  chatFrame,
  chooseFromMenu,
  converse,
  expect,
  giveSecrets,
  hostPage,
  messageBox,
  mount,
  mountFor,
  test,
} from "./embed-test";
import { endSession, sessionOf } from "./frame-session";

test.beforeEach(async ({ page, host, stack }) => {
  await page.setViewportSize({ width: 376, height: 740 });
  const body = '<main><h1>Host</h1><div id="chat"></div></main>';
  host.serve("/", hostPage(stack.appOrigin, body));
});

async function expectFrameInEveryLanguage(page: Page, state: string) {
  const frame = page.frames().at(-1);
  if (!frame) throw new Error("the widget has no frame");
  await expectEveryLanguage(frame, state);
}

test("the button of a bubble, and the name of its frame", async ({ page, host }) => {
  // On a phone the frame covers the page's button.
  await page.setViewportSize({ width: 800, height: 740 });
  await page.goto(host.origin);
  for (const tag of languages) {
    const texts = catalogueOf(tag);
    await page.evaluate((locale) => {
      window.widget?.destroy();
      window.widget = window.SmoothOperator?.mount(null, { mode: "bubble", locale });
    }, tag);
    await page.getByRole("button", { name: texts["loader.open"], exact: true }).click();
    const close = page.getByRole("button", { name: texts["loader.close"], exact: true });
    await expect(close).toHaveAttribute("aria-expanded", "true");
    await expect(page.locator("iframe")).toHaveAttribute("title", texts["loader.title"] ?? "");
    // This browser remembers a bubble that is left open.
    await close.click();
  }
});

test("a frame whose page signs nobody in, or is refused", async ({ page, host }) => {
  await page.goto(host.origin);
  const mountWith = (answer: string) =>
    page.evaluate((answer) => {
      window.widget = window.SmoothOperator?.mount("#chat", {
        getClientSecret: () =>
          answer === "none" ? new Promise<string>(() => {}) : Promise.reject(new Error("no")),
      });
    }, answer);
  await mountWith("none");
  await expect(chatFrame(page).locator("main[aria-busy]")).toBeVisible();
  await expectFrameInEveryLanguage(page, "waiting for the page");
  await mountWith("refusal");
  await expect(chatFrame(page).getByRole("alert")).toBeVisible();
  await expectFrameInEveryLanguage(page, "not signed in by its page");
  await mount(page, { apiUrl: "https://elsewhere.example" });
  await expect(chatFrame(page).getByText("not set up for this page")).toBeVisible();
  await expectFrameInEveryLanguage(page, "refused");
});

test("a frame that nobody greets", async ({ page, host, stack }) => {
  const src = `${stack.appOrigin}/chat?embed=1&loader=1`;
  const frame = `<iframe src="${src}" title="Chat" width="360" height="500"></iframe>`;
  host.serve("/", hostPage(stack.appOrigin, `<main><h1>Host</h1>${frame}</main>`));
  await page.goto(host.origin);
  await expect(page.frameLocator("iframe").getByText("did not start")).toBeVisible({
    timeout: 20_000,
  });
  await expectFrameInEveryLanguage(page, "silent");
});

test("the chat in a frame: a lost session, signed out", async ({ page, context, host, stack }) => {
  giveSecrets(host, stack);
  await page.goto(host.origin);
  await mountFor(page, null, { show: { settings: true } });
  const frame = chatFrame(page);
  await expect(messageBox(frame)).toBeVisible();
  await converse(frame, "long 60 [[pace:30]]");
  await endSession(stack, await sessionOf(context));
  await messageBox(frame).fill(`${OWN_WORDS} again`);
  await messageBox(frame).press("Enter");
  await expect(frame.getByText("a new conversation has begun")).toBeVisible();
  await expectFrameInEveryLanguage(page, "a session that was lost");

  await chooseFromMenu(frame, "Settings");
  await frame.getByRole("button", { name: "Sign out" }).click();
  await frame.getByRole("dialog").getByRole("button", { name: "Sign out" }).click();
  await expect(frame.getByText("You are signed out.")).toBeVisible();
  await expectFrameInEveryLanguage(page, "signed out");
});
