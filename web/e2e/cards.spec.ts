// The cards of interrupts: permission, questions and page tools, by pointer and by keyboard, across
// a reload and in a second tab.
import type { Page } from "@playwright/test";
import { expectAccessible } from "./support/axe";
import {
  agent,
  aMessage,
  anInterrupt,
  begun,
  call,
  delta,
  done,
  installPlayer,
  playRun,
  playThread,
  resumed,
  sentBodies,
} from "./support/played-chat";
import { expect, openChat, type Stack, send, test } from "./support/stack";

const card = (page: Page, name: RegExp) => page.getByRole("region", { name });
const waiting = (...interrupts: object[]) => [
  begun("Order it"),
  agent(),
  delta("I can order it."),
  call("c1", "shop__order"),
  done("interrupted", { interrupts }),
];

/** A conversation that waits for `interrupts`. */
async function askFor(page: Page, stack: Stack, ...interrupts: object[]) {
  await installPlayer(page);
  await openChat(page, stack);
  await playRun(page, waiting(...interrupts));
  await playRun(page, [
    resumed,
    {
      type: "tool_result",
      id: "c1",
      tool: "shop__order",
      result: { text: "Done" },
      is_error: false,
    },
    agent(),
    delta("Ordered."),
    done(),
  ]);
  await send(page, "Order it");
}

test("permission is asked with the focus on the card, and given", async ({ page, stack }) => {
  await askFor(page, stack, anInterrupt());
  const asked = card(page, /asks for your permission/);
  await expect(asked).toBeFocused();
  await expect(page.getByRole("status")).toHaveText("Concierge asks for your permission");
  await expect(asked).toContainText("Order 2 × Fern, 12 cm");
  await expect(asked).toContainText("At the door");
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await expectAccessible(page, `a card, ${colorScheme}`);
  }

  // Enter chooses nothing, on the card and in the message box.
  await page.keyboard.press("Enter");
  await page.getByRole("textbox", { name: "Message" }).press("Enter");
  await expect(asked).toBeVisible();

  await asked.getByRole("button", { name: "Allow", exact: true }).click();
  await expect(page.getByText("Ordered.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Used order" })).toBeVisible();
  await expect(asked).toHaveCount(0);
  expect((await sentBodies(page))[1]).toMatchObject({
    thread_id: "played",
    resume: [{ interrupt_id: "i1", status: "resolved", payload: { approved: true } }],
  });
});

for (const [name, payload] of [
  ["Don't allow", { approved: false }],
  ["Allow for this conversation", { approved: true, remember: "thread" }],
] as const) {
  test(`permission: ${name}, by keyboard`, async ({ page, stack }) => {
    await askFor(page, stack, anInterrupt());
    await expect(card(page, /permission/)).toBeFocused();
    await page.getByRole("button", { name, exact: true }).focus();
    await page.keyboard.press("Enter");
    await expect(page.getByText("Ordered.")).toBeVisible();
    const [, body] = await sentBodies(page);
    expect(body?.resume).toEqual([{ interrupt_id: "i1", status: "resolved", payload }]);
  });
}

test("a question is a form with what its schema asks for", async ({ page, stack }) => {
  const schema = {
    type: "object",
    required: ["name"],
    properties: {
      name: { type: "string", title: "Your name" },
      count: { type: "integer", title: "How many", minimum: 1, default: 2 },
      gift: { type: "boolean", title: "It is a gift", description: "We wrap it." },
      size: { type: "string", title: "Size", enum: ["S", "M"], enumNames: ["Small", "Medium"] },
    },
  };
  await askFor(page, stack, anInterrupt({ reason: "question", schema, message: "Where to?" }));
  const form = card(page, /asks you a question/);
  await expect(form).toBeFocused();
  await expectAccessible(page, "a question");
  // Missing required fields are reported.
  await form.getByRole("button", { name: "Send answer" }).click();
  await expect(form.getByLabel("Your name")).toBeFocused();
  expect(await sentBodies(page)).toHaveLength(1);
  await form.getByLabel("Your name").fill("Ann");
  await form.getByLabel("It is a gift").check();
  await form.getByLabel("Size").selectOption("Medium");
  await form.getByRole("button", { name: "Send answer" }).click();
  await expect(page.getByText("Ordered.")).toBeVisible();
  const [, body] = await sentBodies(page);
  expect(body?.resume).toEqual([
    {
      interrupt_id: "i1",
      status: "resolved",
      payload: { name: "Ann", count: 2, gift: true, size: "M" },
    },
  ]);
});

test("a question with an address shows it in full, and opening it accepts", async ({
  page,
  stack,
  context,
}) => {
  const url = `${stack.appOrigin}/health?from=shop`;
  await askFor(page, stack, anInterrupt({ reason: "question", url, message: "Sign in there." }));
  const opened = context.waitForEvent("page");
  await page.getByRole("link", { name: `Open ${url}` }).click();
  expect((await opened).url()).toBe(url);
  await expect(page.getByText("Ordered.")).toBeVisible();
  expect((await sentBodies(page))[1]).toMatchObject({ resume: [{ status: "resolved" }] });
});

test("several cards are answered in one go, and become lines meanwhile", async ({
  page,
  stack,
}) => {
  const question = anInterrupt({ id: "i2", reason: "question", schema: {}, tool_call_id: "c2" });
  await askFor(page, stack, anInterrupt(), question);
  await page.getByRole("button", { name: "Allow", exact: true }).click();
  await expect(page.getByText("You allowed “order”")).toBeVisible();
  expect(await sentBodies(page)).toHaveLength(1);
  await page.getByRole("button", { name: "Skip" }).click();
  await expect(page.getByText("Ordered.")).toBeVisible();
  expect((await sentBodies(page))[1]?.resume).toHaveLength(2);
});

test("a card is there again after a reload and in a second tab", async ({
  page,
  stack,
  context,
}) => {
  await openChat(page, stack);
  const thread = {
    interrupts: [anInterrupt()],
    messages: [
      aMessage({ id: "m1", role: "user", content: "Order it" }),
      aMessage({ id: "m2", role: "assistant", content: "I can.", status: "interrupted" }),
    ],
  };
  const second = await context.newPage();
  for (const tab of [page, second]) {
    await playThread(tab, "played", thread);
    await tab.goto("/chat/played");
    await expect(card(tab, /permission/)).toBeVisible();
  }
});

test("a message instead of an answer takes the cards away", async ({ page, stack }) => {
  await askFor(page, stack, anInterrupt());
  await expect(card(page, /permission/)).toBeVisible();
  await send(page, "Never mind");
  await expect(card(page, /permission/)).toHaveCount(0);
  expect((await sentBodies(page))[1]).toMatchObject({ message: "Never mind" });
});

test("a page tool of another tab waits for it", async ({ page, stack }) => {
  await openChat(page, stack);
  await playThread(page, "played", {
    interrupts: [anInterrupt({ reason: "page_tool", tool: "page__add_to_cart", read_only: true })],
    messages: [aMessage({ id: "m1", role: "user", content: "Add it" })],
  });
  await page.goto("/chat/played");
  await expect(card(page, /“add to cart” waits for the page/)).toBeVisible();
});
