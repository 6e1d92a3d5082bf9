// Privacy: keys, passcodes and messages are in neither logs, storage, console nor
// address, and the page loads everything from its own host.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, openChat, send, startStack, test, untilAnswered } from "./support/stack";

const message = "Please keep a note that the wine cellar key is under the mat";

test("the page loads nothing from elsewhere and keeps secrets out of storage and console", async ({
  page,
  stack,
}) => {
  const requested: string[] = [];
  const said: string[] = [];
  page.on("request", (request) => requested.push(request.url()));
  const complaints: string[] = [];
  page.on("console", (line) => {
    said.push(line.text());
    if (["error", "warning"].includes(line.type())) complaints.push(line.text());
  });
  page.on("pageerror", (error) => complaints.push(`uncaught: ${error.message}`));
  const violations: string[] = [];
  await page.exposeFunction("reportViolation", (text: string) => violations.push(text));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      const report = (window as unknown as { reportViolation(text: string): void }).reportViolation;
      report(`${event.violatedDirective} ${event.blockedURI}`);
    });
  });

  await openChat(page, stack);
  await send(page, message);
  await untilAnswered(page);
  await page.goto("/settings");
  await expect(page.getByText("A key is saved")).toBeVisible();

  const foreign = requested.filter((url) => !url.startsWith(`${stack.appOrigin}/`));
  expect(foreign.filter((url) => !url.startsWith("data:"))).toEqual([]);
  for (const url of [...requested, page.url()]) {
    expect(url).not.toContain(stack.apiKey);
    expect(url).not.toContain(stack.passcode);
    expect(decodeURIComponent(url)).not.toContain("wine cellar");
  }
  expect(violations).toEqual([]);
  expect(complaints).toEqual([]);

  const kept = await page.evaluate(() => ({
    local: JSON.stringify({ ...localStorage }),
    session: JSON.stringify({ ...sessionStorage }),
    cookies: document.cookie,
    fields: [...document.querySelectorAll("input")].map((field) => field.value),
  }));
  for (const secret of [stack.apiKey, stack.passcode]) {
    expect(JSON.stringify(kept)).not.toContain(secret);
    expect(said.join("\n")).not.toContain(secret);
  }
  expect(kept.local).not.toContain("wine cellar");
  expect(said.join("\n")).not.toContain("wine cellar");
  expect(kept.cookies).toBe("");
});

test("the session cookie is for the server alone", async ({ page, stack, context }) => {
  await openChat(page, stack);
  const cookies = await context.cookies();
  expect(cookies.map(({ name }) => name)).toEqual(["__Host-so_session"]);
  expect(cookies[0]).toMatchObject({ httpOnly: true, secure: true, sameSite: "Lax", path: "/" });
});

test("no key, passcode or message is in any log, at trace level too", async ({ browser }) => {
  const stack = await startStack({ env: { LOG_LEVEL: "trace" } });
  try {
    const page = await browser.newPage({ baseURL: stack.appOrigin });
    await openChat(page, stack);
    await send(page, message);
    await untilAnswered(page);
    await send(page, "[[fault:401]] wine cellar");
    await expect(page.getByRole("alert")).toBeVisible();
    const cookie = (await page.context().cookies())[0]?.value ?? "";
    await page.close();
    await stack.apis[0]?.stop();

    const texts = readdirSync(stack.logs).map((name) =>
      readFileSync(join(stack.logs, name), "utf8"),
    );
    const all = texts.join("\n");
    // An empty log would prove nothing.
    expect(all.length).toBeGreaterThan(1_000);
    expect(all).toContain("/api/chat");
    for (const secret of [stack.apiKey, stack.passcode, cookie]) {
      expect(secret.length).toBeGreaterThan(8);
      expect(all.includes(secret), "a secret is in a log").toBe(false);
    }
    expect(all.includes("wine cellar"), "a message is in a log").toBe(false);
  } finally {
    await stack.stop();
  }
});
