// The demo host page, as `make demo` shows it: a shop with the chat inline and as a bubble.
import { expectAccessible } from "../support/axe";
import { chatFrame, converse, expect, messageBox, test } from "./embed-test";

test("inline and bubble stand side by side, and the page hears them", async ({ page, stack }) => {
  const complaints: string[] = [];
  page.on("console", (line) => {
    if (["error", "warning"].includes(line.type())) complaints.push(line.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(stack.hostOrigin);
  const inline = chatFrame(page);
  await expect(messageBox(inline)).toBeVisible();
  await expectAccessible(page, "inline");

  await converse(inline, "Please keep a note that the demo is on Friday");
  await page.getByRole("button", { name: "Open the bubble" }).click();
  const bubble = page.locator(".bubble iframe").contentFrame();
  await expect(messageBox(bubble)).toBeFocused();
  await converse(bubble, "What have you noted?");
  const events = page.getByRole("list", { name: "Events" });
  await expect(events).toContainText("inline agent agent=archivist");
  await expect(events).toContainText("bubble runend");
  await expectAccessible(page, "both");

  await page.setViewportSize({ width: 390, height: 844 });
  await expect(bubble.getByRole("button", { name: "Close chat" })).toBeVisible();
  await expectAccessible(page, "covering a phone");
  expect(complaints).toEqual([]);
});
