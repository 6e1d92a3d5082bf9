// Every page and state in every language: no English is left, nothing is cut off or scrolls
// sideways on a narrow phone, and the page declares its language.
import type { Page } from "@playwright/test";
import { catalogueOf, expectEveryLanguage, OWN_WORDS } from "./support/languages";
import {
  agent,
  aMessage,
  anInterrupt,
  begun,
  call,
  delta,
  done,
  installPlayer,
  type PlayedEvent,
  playRun,
  playThread,
  thought,
} from "./support/played-chat";
import { expect, openChat, send, signIn, test } from "./support/stack";

test.use({ viewport: { width: 360, height: 740 } });

async function speak(page: Page, tag: string, path: string) {
  await page.evaluate((language) => localStorage.setItem("so.language", language), tag);
  await page.goto(path);
  await expect(page.locator("html")).toHaveAttribute("lang", tag);
}

const own = (text: string) => `${OWN_WORDS} ${text}`;
const long = own("word ".repeat(300));

test.beforeEach(async ({ page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
});

test("sign-in and settings", async ({ page, stack }) => {
  await page.goto("/login");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByText("Enter the passcode you were given.")).toBeVisible();
  await expectEveryLanguage(page, "sign-in, without a passcode");
  await page.getByLabel("Passcode").fill("wrong");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("alert")).toBeVisible();
  await expectEveryLanguage(page, "sign-in, refused");

  await signIn(page, stack);
  const model = page.getByRole("combobox", { name: "Model" });
  const before = await model.inputValue();
  await model.fill("two words");
  await page.getByRole("button", { name: "Save" }).click();
  await model.click();
  await expect(page.getByText("Save a key to see the models it offers.")).toBeVisible();
  await expectEveryLanguage(page, "settings, without a key");
  await page.getByLabel("API key").fill("schlüssel");
  await model.fill(before);
  await page.getByRole("button", { name: "Save" }).click();
  await expectEveryLanguage(page, "settings, with letters that no key has");
  await page.getByLabel("API key").fill(stack.apiKey);
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page).toHaveURL(/\/chat/);
  await page.goto("/settings");
  await page.getByRole("button", { name: "Create token" }).click();
  await expect(page.getByRole("button", { name: "Copy token" })).toBeVisible();
  await page.getByRole("button", { name: "Save" }).click();
  await page.route("**/api/me/export", (route) => route.fulfill({ status: 503 }));
  await page.getByRole("button", { name: "Download my data" }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await expectEveryLanguage(page, "settings, unchanged, with a download that failed");
  for (const name of ["Sign out", "Delete my data", "Forget key", /^Revoke/]) {
    await page.getByRole("button", { name }).first().click();
    await expect(page.getByRole("dialog")).toBeVisible();
    await expectEveryLanguage(page, `settings, ${name}`);
    await page.keyboard.press("Escape");
    await expect(page.getByRole("dialog")).toHaveCount(0);
  }
});

test("the empty chat, its drawers, menus and dialogs", async ({ page, stack }) => {
  const at = new Date().toISOString();
  const thread = { id: "played", title: own("plan"), created_at: at, updated_at: at };
  const note = { title: own("note"), preview: own("text"), bytes: 6, updated_at: at };
  const list = (items: object[]) => ({ items, next_cursor: null });
  await page.route(/\/api\/threads(\?|$)/, (route) => route.fulfill({ json: list([thread]) }));
  await page.route(/\/api\/notes(\?|$)/, (route) => route.fulfill({ json: list([note]) }));
  await page.route(/\/api\/notes\/./, (route) =>
    route.fulfill({ json: { ...note, content: own("text") } }),
  );
  await openChat(page, stack);
  await page.goto("/chat");
  await expectEveryLanguage(page, "chat, empty");

  await page.getByRole("button", { name: "Conversations", exact: true }).click();
  const actions = page.getByRole("button", { name: "Thread actions" });
  for (const name of ["Rename", "Delete"]) {
    await actions.click();
    if (name === "Rename") await expectEveryLanguage(page, "conversations, with their menu");
    await page.getByRole("menuitem", { name }).click();
    await expect(page.getByRole("dialog")).toHaveCount(2);
    await expectEveryLanguage(page, `conversations, ${name}`);
    await page.keyboard.press("Escape");
    await expect(page.getByRole("dialog")).toHaveCount(1);
  }
  await page.keyboard.press("Escape");

  await page.getByRole("button", { name: "Notes", exact: true }).click();
  await page.getByRole("button", { name: note.title }).click();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await expect(page.getByRole("dialog")).toHaveCount(2);
  await expectEveryLanguage(page, "notes, with one to delete");
});

/** Opens all that is folded in the conversation. */
async function unfold(page: Page) {
  const folded = page.getByRole("log").locator("[aria-expanded=false]");
  while ((await folded.count()) > 0) await folded.first().click();
}

const toolCall = (id: string, tool: string, over: object = {}) => ({
  id,
  tool,
  arguments: { title: own("note") },
  origin: "server",
  result: { "§ text": own("done") },
  is_error: false,
  ...over,
});

test("answers, with all they can have, and each card", async ({ page, stack }) => {
  const markdown = [
    `${OWN_WORDS} text[^1]`,
    "```js\n1\n```",
    "| § a | § b |\n|---|---|\n| § 1 | § 2 |",
    "- [ ] § one\n- [x] § two",
    "[^1]: § footnote",
  ].join("\n\n");
  const question = { reason: "question", message: own("where to?"), tool_call_id: "c0" };
  const schema = {
    type: "object",
    required: ["name"],
    properties: {
      name: { type: "string", title: own("name") },
      gift: { type: "boolean", title: own("gift") },
      size: { type: "string", title: own("size"), enum: ["§ S", "§ M"] },
    },
  };
  await openChat(page, stack);
  await playThread(page, "played", {
    title: own("plan"),
    interrupts: [
      anInterrupt({ message: own("order"), arguments: { "§ sku": own("F12") } }),
      anInterrupt({ ...question, id: "i2", schema }),
      anInterrupt({
        ...question,
        id: "i3",
        message: own("sign in"),
        url: "https://shop.example/sign-in",
      }),
      anInterrupt({ id: "i4", reason: "page_tool", tool: "page__add", message: own("add") }),
      anInterrupt({ id: "i5", reason: "page_tool", tool: "page__add", message: own("add") }),
      anInterrupt({ id: "i6", tool: "shop__cancel", message: own("refuse"), arguments: {} }),
      anInterrupt({ ...question, id: "i7", message: own("skip") }),
      anInterrupt({ ...question, id: "i8", message: own("answer"), schema: { type: "object" } }),
    ],
    messages: [
      aMessage({ id: "m1", role: "user", content: long }),
      aMessage({
        id: "m2",
        role: "assistant",
        content: markdown,
        reasoning: own("thought"),
        usage: { input_tokens: 12, output_tokens: 3 },
        tool_calls: [
          "list_titles",
          "get_note",
          "save_note",
          "shop__order",
          "handoff_to_archivist",
        ].flatMap((tool) => [
          toolCall(`done-${tool}`, tool),
          toolCall(`failed-${tool}`, tool, { is_error: true }),
          toolCall(`begun-${tool}`, tool, { result: null }),
        ]),
      }),
      // Once more what the first answer has: names of landmarks must differ.
      aMessage({
        id: "m3",
        role: "assistant",
        agent: "archivist",
        content: markdown,
        reasoning: own("thought"),
      }),
      aMessage({ id: "m4", role: "user", content: own("next") }),
      aMessage({ id: "m5", role: "assistant", content: own("part"), status: "cancelled" }),
      aMessage({ id: "m6", role: "user", content: own("next") }),
      aMessage({ id: "m7", role: "assistant", content: own("part"), truncated: true }),
      aMessage({ id: "m8", role: "user", content: own("next") }),
      aMessage({ id: "m9", role: "assistant", content: own("part"), status: "failed" }),
      aMessage({ id: "m10", role: "user", content: own("next") }),
      aMessage({ id: "m11", role: "assistant", content: "" }),
    ],
    next_before: "m1",
  });
  await page.evaluate(() => sessionStorage.setItem("so.page-tools", '{"i5":"begun"}'));
  await page.goto("/chat/played");
  await expect(page.getByRole("region", { name: /permission/ })).toHaveCount(2);
  await unfold(page);
  await expect(page.getByRole("button", { name: "Copy code" })).toHaveCount(2);
  await expectEveryLanguage(page, "answers and cards");

  await page.getByRole("button", { name: "Allow", exact: true }).first().click();
  await page.getByRole("button", { name: "Don't allow" }).click();
  await page.getByRole("button", { name: "Send answer" }).first().click();
  await page.getByRole("button", { name: "Send answer" }).last().click();
  await page.getByRole("button", { name: "Skip" }).last().click();
  await page.getByRole("button", { name: "Show less" }).click();
  await page.getByRole("button", { name: "Edit", exact: true }).last().click();
  await page.getByRole("textbox", { name: "Edit message" }).fill(own("x".repeat(40_000)));
  await expectEveryLanguage(page, "cards decided, an answer missing, a message edited");
});

test("a run under way, with its notices, and how it fails", async ({ page, stack }) => {
  const notices = ["model_without_tools", "tools_unavailable", "model_retiring"];
  await installPlayer(page);
  await openChat(page, stack);
  await playRun(page, [
    begun(own("go")),
    ...notices.map((code): PlayedEvent => ({ type: "notice", code, message: `English ${code}` })),
    agent(),
    thought(own("thought")),
    call("c1", "shop__order"),
  ]);
  await send(page, own("go"));
  await expect(page.getByRole("button", { name: /^Using order/ })).toBeVisible();
  await unfold(page);
  await expect(page.getByText("Still working…")).toBeVisible();
  await expectEveryLanguage(page, "a run");
  await page.getByRole("button", { name: "Stop" }).click();

  for (const code of ["provider_auth", "model_not_found"]) {
    await page.goto("/chat");
    const error = { type: "error", code, message: "The English sentence.", retryable: true };
    await playRun(page, [begun(own("go")), agent(), delta(own("part")), error, done("failed")]);
    await send(page, own("go"));
    await expect(page.getByText("The English sentence.")).toBeVisible();
    await page.getByRole("textbox", { name: "Message" }).fill(own("x".repeat(40_000)));
    await expectEveryLanguage(page, `failed by ${code}, with a message too long`);
  }
  await page.goto("/chat");
  await page.route("**/api/chat", (route) =>
    route.fulfill({
      status: 429,
      json: { code: "rate_limited", detail: catalogueOf("en")["error.rate_limited"] },
      headers: { "Retry-After": "60", "Content-Type": "application/problem+json" },
    }),
  );
  await send(page, own("go"));
  await expect(page.getByRole("alert")).toBeVisible();
  await expectEveryLanguage(page, "too many messages");

  await page.route("**/api/chat", (route) => route.abort());
  await page.goto("/chat");
  await send(page, own("go"));
  await expect(page.getByText("Reconnecting…").first()).toBeVisible();
  await expectEveryLanguage(page, "offline");
});

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
  const german = catalogueOf("de");
  await page.getByLabel(german["auth.passcode"] ?? "").fill("wrong");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("alert")).toHaveText(german["error.wrong_passcode"] ?? "");
});

test("follow the browser's languages, in their order", async ({ browser, stack }) => {
  const context = await browser.newContext({ baseURL: stack.appOrigin, locale: "pt-PT" });
  const page = await context.newPage();
  await page.goto("/login");
  await expect(page.locator("html")).toHaveAttribute("lang", "pt-BR");
  await expect(page.getByLabel(catalogueOf("pt-BR")["auth.passcode"] ?? "")).toBeVisible();
  await context.close();
});
