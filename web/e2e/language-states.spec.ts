// As languages.spec.ts, for what is seen seldom: signed out, nothing there yet, not loaded, not sent.
import type { Page } from "@playwright/test";
import { expectEveryLanguage, OWN_WORDS } from "./support/languages";
import { agent, begun, installPlayer, playRun, playThread, thought } from "./support/played-chat";
import { expect, openChat, send, test } from "./support/stack";

test.use({ viewport: { width: 360, height: 740 } });

test.beforeEach(async ({ page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
});

const own = (text: string) => `${OWN_WORDS} ${text}`;
const DAY_MS = 86_400_000;

test("signed out, and from a site that is not listed", async ({ page, stack }) => {
  await openChat(page, stack);
  await page.goto("/settings");
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByText("You are signed out.")).toBeVisible();
  await expectEveryLanguage(page, "signed out");

  await openChat(page, stack);
  await page.request.post("/api/logout");
  await page.evaluate(() => window.dispatchEvent(new Event("online")));
  await expect(page.getByText("Your session has ended.")).toBeVisible();
  await expectEveryLanguage(page, "session ended");

  await page.route("**/api/sites/*", (route) => route.fulfill({ status: 404, json: {} }));
  await page.goto("/login?site=unlisted");
  await expect(page.getByText("not set up for this page")).toBeVisible();
  await expectEveryLanguage(page, "a site that is not listed");
  await page.route("**/api/session", (route) => route.abort());
  await page.goto("/chat");
  await expect(page.getByRole("alert")).toBeVisible();
  await expectEveryLanguage(page, "no server");
});

test("models and tokens", async ({ page, stack }) => {
  const soon = new Date(Date.now() + DAY_MS).toISOString();
  await openChat(page, stack);
  const models = (items: object[]) => ({ items, default: null });
  const retiring = models([{ id: own("old"), shutdown_date: "2099-01-01" }]);
  await page.route("**/api/models", (route) => route.fulfill({ json: retiring }));
  const used = { id: "t1", created_at: soon, expires_at: soon, last_used_at: soon };
  await page.route("**/api/mcp-tokens", (route) => route.fulfill({ json: { items: [used] } }));
  await page.goto("/settings");
  const field = page.getByRole("combobox", { name: "Model" });
  await field.click();
  await expect(page.getByText(/^Retires on/)).toBeVisible();
  await expectEveryLanguage(page, "models, one retiring, and a token in use");

  await page.route("**/api/models", (route) => route.fulfill({ status: 502, json: {} }));
  await page.reload();
  await field.click();
  await expect(page.getByText("You can type a name.")).toBeVisible();
  await expectEveryLanguage(page, "models that cannot be listed");
  await page.route("**/api/models", (route) => route.fulfill({ json: models([]) }));
  await page.reload();
  await field.click();
  await expect(page.getByText("The provider lists no models.")).toBeVisible();
  await expectEveryLanguage(page, "no models");
});

function playLists(page: Page) {
  const at = (days: number) => new Date(Date.now() - days * DAY_MS).toISOString();
  const thread = (id: string, days: number) => ({
    id,
    title: id === "blank" ? "" : own(id),
    created_at: at(days),
    updated_at: at(days),
  });
  const items = [
    thread("t1", 0),
    thread("t2", 0),
    thread("blank", 1),
    thread("t4", 4),
    thread("t5", 40),
  ];
  return page.route(/\/api\/threads(\?|$)/, (route) =>
    route.fulfill({ json: { items, next_cursor: "more" } }),
  );
}

test("conversations of many days, searched and renamed", async ({ page, stack }) => {
  await openChat(page, stack);
  await playLists(page);
  await page.goto("/chat");
  await page.getByRole("button", { name: "Conversations", exact: true }).click();
  await expect(page.getByText("Last 7 days").last()).toBeVisible();
  await page.evaluate(() => {
    const channel = new BroadcastChannel("so.tabs");
    channel.postMessage({ type: "run_started", threadId: "t1", runId: "r1" });
    channel.postMessage({ type: "run_ended", threadId: "t2" });
  });
  await expect(page.getByRole("img", { name: "Unread answer" })).toBeVisible();
  await expectEveryLanguage(page, "conversations of many days");

  await page.getByRole("searchbox").fill("plan");
  await expect(page.getByRole("button", { name: "Clear search" })).toBeVisible();
  await page.getByRole("button", { name: "Thread actions" }).first().click();
  await page.getByRole("menuitem", { name: "Rename" }).click();
  await page.getByRole("textbox", { name: "Title" }).fill(" ");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Enter a title.")).toBeVisible();
  await expectEveryLanguage(page, "a search, and a title missing");
});

test("what is not there, not loaded, not sent", async ({ page, stack }) => {
  await installPlayer(page);
  await openChat(page, stack);
  await page.goto("/chat/unknown");
  await expect(page.getByText("This conversation was not found")).toBeVisible();
  await expectEveryLanguage(page, "not found");

  await playThread(page, "played", { title: own("plan") });
  await page.evaluate((text) => {
    const kept = { key: "k1", body: "{}", text, replaceFrom: null };
    sessionStorage.setItem("so.outbox", JSON.stringify({ played: kept }));
  }, own("lost"));
  await page.goto("/chat/played");
  await expect(page.getByText("Not sent")).toBeVisible();
  await expectEveryLanguage(page, "not sent");

  await page.goto("/chat");
  await playRun(page, [begun(own("go")), agent(), thought(own("thought"))]);
  await send(page, own("go"));
  await expect(page.getByRole("button", { name: "Thinking…" })).toBeVisible();
  await expectEveryLanguage(page, "thinking");

  await page.route(/\/api\/(threads|notes)/, () => new Promise(() => {}));
  await page.goto("/chat/later");
  await expect(page.getByLabel("Loading the conversation")).toBeAttached();
  await page.getByRole("button", { name: "Conversations", exact: true }).click();
  await expectEveryLanguage(page, "loading");

  await page.route("**/assets/settings-page-*", (route) => route.abort());
  await page.goto("/settings");
  await expect(page.getByText("This page could not be shown.")).toBeVisible();
  await expectEveryLanguage(page, "a script that cannot be loaded");
});
