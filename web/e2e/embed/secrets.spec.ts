// Visitors whom the host page signs in: no passcode, no key, and only ever who they are now.
import {
  chatFrame,
  chooseFromMenu,
  converse,
  expect,
  giveSecrets,
  inBothCookieModes,
  messageBox,
  mountFor,
  test,
} from "./embed-test";
import { endSession, isAlive, sessionOf } from "./frame-session";

inBothCookieModes(() => {
  test("a visitor chats with neither passcode nor key", async ({ page, host, stack }) => {
    giveSecrets(host, stack);
    await page.goto(host.origin);
    await mountFor(page, "ann");
    const frame = chatFrame(page);
    await converse(frame, "Please keep a note that the demo is on Friday");
    await expect(frame.getByRole("article", { name: "Archivist" }).last()).toContainText("Friday");
    await expect(frame.getByLabel("Passcode")).toHaveCount(0);
    // The site brings the key: there is nothing to set.
    await frame.getByRole("button", { name: "Menu" }).click();
    await expect(frame.getByRole("menuitem", { name: "Conversations" })).toBeVisible();
    await expect(frame.getByRole("menuitem", { name: "Settings" })).toHaveCount(0);
  });

  for (const [who, user] of [
    ["a user's message goes on by itself", "bob"],
    ["an unnamed visitor begins a new conversation, with what was typed", null],
  ] as const) {
    test(`a session that ended is renewed: ${who}`, async ({ page, context, host, stack }) => {
      giveSecrets(host, stack);
      await page.goto(host.origin);
      await mountFor(page, user);
      const frame = chatFrame(page);
      await converse(frame, "long 80 [[pace:50]]");
      const before = await sessionOf(context);
      await messageBox(frame).fill("Typed meanwhile");
      await endSession(stack, before);
      expect(await isAlive(stack, before)).toBe(false);

      await messageBox(frame).press("Enter");
      await expect.poll(async () => (await sessionOf(context)).value).not.toBe(before.value);
      const log = frame.getByRole("log", { name: "Conversation" });
      if (user === null) {
        await expect(frame.getByText("a new conversation has begun")).toBeVisible();
        await expect(log.getByRole("article")).toHaveCount(0);
        await expect(messageBox(frame)).toHaveValue("Typed meanwhile");
        await messageBox(frame).press("Enter");
      } else {
        await expect(log.getByRole("article", { name: "Concierge" }).first()).toContainText("-80");
        await expect(frame.getByText("a new conversation has begun")).toHaveCount(0);
      }
      await expect(log.getByRole("article", { name: "You" }).last()).toContainText(
        "Typed meanwhile",
      );
      await expect(messageBox(frame)).toHaveValue("");
      expect(await log.getByRole("article", { name: "You" }).count()).toBe(user === null ? 1 : 2);
    });
  }

  test("another user ends the old session, its stream, and sees nothing of it", async ({
    page,
    context,
    host,
    stack,
  }) => {
    giveSecrets(host, stack);
    await page.goto(host.origin);
    await mountFor(page, "carla");
    const frame = chatFrame(page);
    await messageBox(frame).fill("long 400 [[pace:40]] private");
    await messageBox(frame).press("Enter");
    await expect(frame.getByRole("article", { name: "Concierge" })).toContainText("-5");
    const before = await sessionOf(context);

    await mountFor(page, "dave");
    await expect(messageBox(frame)).toBeVisible();
    await expect.poll(() => isAlive(stack, before)).toBe(false);
    await chooseFromMenu(frame, "Conversations");
    await expect(frame.getByText(/private/)).toHaveCount(0);

    // The first one finds her own things again, where she is signed in again.
    await mountFor(page, "carla");
    await chooseFromMenu(frame, "Conversations");
    await expect(frame.getByRole("link", { name: /private/ })).toBeVisible();
  });

  test("what a user typed is for that user alone", async ({ page, host, stack }) => {
    giveSecrets(host, stack);
    await page.goto(host.origin);
    await mountFor(page, "ann");
    const frame = chatFrame(page);
    const returnAs = async (user: string | null, found: string) => {
      await page.reload();
      await mountFor(page, user);
      await expect(messageBox(frame)).toHaveValue(found);
      await expect(frame.getByText("a new conversation has begun")).toHaveCount(0);
    };
    await messageBox(frame).fill("Half a thought");
    await returnAs("ann", "Half a thought");
    await returnAs("bob", "");
    await converse(frame, "Hello");
    await messageBox(frame).fill("In a conversation");
    await returnAs("bob", "In a conversation");
    await returnAs(null, "");
  });

  test("a host without a secret is told, and so is the visitor", async ({ page, host, stack }) => {
    let isDown = true;
    host.handle("/chat-secret", (_request, response) => {
      response.writeHead(isDown ? 500 : 200).end("");
    });
    await page.goto(host.origin);
    await mountFor(page, "emma");
    const frame = chatFrame(page);
    await expect(frame.getByRole("alert")).toContainText("couldn't start the chat");
    isDown = false;
    giveSecrets(host, stack);
    await frame.getByRole("button", { name: "Try again" }).click();
    await expect(messageBox(frame)).toBeVisible();
  });
});
