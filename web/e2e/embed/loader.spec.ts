// The loader on a host page: mounting, many widgets, data- attributes, size, strict policies.
import {
  chatFrame,
  converse,
  expect,
  giveSecrets,
  hears,
  hostPage,
  inBothCookieModes,
  messageBox,
  mount,
  mountFor,
  signInInside,
  test,
} from "./embed-test";

inBothCookieModes(() => {
  test("mounting before the element exists names it", async ({ page, host }) => {
    await page.goto(host.origin);
    await expect(mount(page, {}, "#later")).rejects.toThrow('no element "#later" on this page');
    await expect(page.locator("iframe")).toHaveCount(0);
    await page.evaluate(() => {
      document.body.insertAdjacentHTML("beforeend", '<div id="later"></div>');
    });
    await mount(page, {}, "#later");
    await hears(page, "ready");
  });

  test("widgets come, are replaced and go without a trace", async ({ page, host, stack }) => {
    host.serve("/", hostPage(stack.appOrigin, '<div id="a"></div><div id="b"></div>'));
    await page.goto(host.origin);
    const clean = await page.content();
    await mount(page, {}, "#a");
    await mount(page, {}, "#b");
    await expect(chatFrame(page, "#a").getByLabel("Passcode")).toBeVisible();
    await expect(chatFrame(page, "#b").getByLabel("Passcode")).toBeVisible();

    await mount(page, { title: "Second" }, "#b");
    await hears(page, "ready");
    await expect(page.locator("#b").locator("iframe")).toHaveCount(1);
    await expect(chatFrame(page, "#b").getByRole("heading", { name: "Second" })).toBeVisible();

    for (let round = 0; round < 5; round += 1) {
      await mount(page, { mode: "bubble" }, null);
      await page.evaluate(() => window.widget?.open());
      await page.evaluate(() => window.widget?.destroy());
    }
    await page.evaluate(() => window.SmoothOperator?.mount("#a").destroy());
    await page.evaluate(() => window.SmoothOperator?.mount("#b").destroy());
    expect(await page.content()).toBe(clean);
    expect(page.frames()).toHaveLength(1);
  });

  test("data- attributes mount without a line of script", async ({ page, host, stack }) => {
    const script = `<script src="${stack.appOrigin}/embed/smoothoperator.js" data-target="#chat"
      data-site="shop" data-title="Ask us" data-height="420" data-theme="dark"></script>`;
    host.serve("/", `<!doctype html><title>Host</title>${script}<div id="chat"></div>`, {
      "content-security-policy": `default-src 'none'; script-src ${stack.appOrigin}; frame-src ${stack.appOrigin}`,
    });
    await page.goto(host.origin);
    const frame = chatFrame(page);
    await expect(frame.getByRole("heading", { name: "Ask us" })).toBeVisible();
    await expect(frame.locator("html")).toHaveAttribute("data-theme", "dark");
    expect((await page.locator("#chat iframe").boundingBox())?.height).toBe(420);
  });

  test("a strict policy with Trusted Types, and the script pinned by its hash", async ({
    page,
    host,
    stack,
  }) => {
    const sri = (await (await fetch(`${stack.appOrigin}/embed/sri.json`)).json()) as {
      file: string;
      integrity: string;
    };
    const tag = `<script src="${stack.appOrigin}${sri.file}" integrity="${sri.integrity}" crossorigin="anonymous"></script>`;
    host.serve(
      "/",
      `<!doctype html><title>Host</title><div id="chat"></div>${tag}<script src="/mount.js"></script>`,
      {
        "content-security-policy": `default-src 'none'; script-src 'self' ${stack.appOrigin}; frame-src ${stack.appOrigin}; require-trusted-types-for 'script'; trusted-types 'none'`,
      },
    );
    host.serve(
      "/mount.js",
      `window.violations = [];
       addEventListener("securitypolicyviolation", (event) => violations.push(event.violatedDirective));
       window.widget = SmoothOperator.mount("#chat", { title: "Pinned" });
       window.bubble = SmoothOperator.mount(null, { mode: "bubble", accent: "#ffcc00" });`,
    );
    await page.goto(host.origin);
    await page.evaluate(() => window.widget?.ready);
    await page.getByRole("button", { name: "Open chat" }).click();
    await expect(page.locator(".bubble iframe")).toBeVisible();
    await expect(chatFrame(page).getByRole("heading", { name: "Pinned" })).toBeVisible();
    await expect(page.getByRole("button", { name: "Close chat" })).toHaveCSS(
      "background-color",
      "rgb(255, 204, 0)",
    );
    expect(await page.evaluate(() => (window as { violations?: string[] }).violations)).toEqual([]);
  });

  test("a script that was changed does not run under its hash", async ({ page, host, stack }) => {
    const code = await (await fetch(`${stack.appOrigin}/embed/smoothoperator.js`)).text();
    const { integrity } = (await (await fetch(`${stack.appOrigin}/embed/sri.json`)).json()) as {
      integrity: string;
    };
    for (const [path, body] of [
      ["/same.js", code],
      ["/changed.js", `${code} `],
    ]) {
      host.serve(path as string, body as string, { "access-control-allow-origin": "*" });
      host.serve("/", `<!doctype html><script src="${path}" integrity="${integrity}"></script>`);
      await page.goto(host.origin);
      const runs = await page.evaluate(() => window.SmoothOperator !== undefined);
      expect(runs).toBe(path === "/same.js");
    }
  });

  test("height auto follows the content between 160 and 800 px", async ({ page, host, stack }) => {
    giveSecrets(host, stack);
    await page.goto(host.origin);
    await mountFor(page, "ann", { height: "auto" });
    const height = async () => (await page.locator("#chat iframe").boundingBox())?.height ?? 0;
    const frame = chatFrame(page);
    await expect(messageBox(frame)).toBeVisible();
    await converse(frame, "Hello");
    await expect.poll(height).toBeLessThan(600);
    expect(await height()).toBeGreaterThanOrEqual(160);
    const short = await height();
    await converse(frame, "long 60 [[pace:1]]");
    await expect.poll(height).toBeGreaterThan(short);
    await converse(frame, "long 900 [[pace:1]]");
    await expect.poll(height).toBe(800);
    // Beyond that the conversation scrolls inside, and the message box stays in view.
    await expect(messageBox(frame)).toBeInViewport({ ratio: 1 });
  });

  test("commands given at once wait for the chat", async ({ page, host, stack }) => {
    giveSecrets(host, stack);
    await page.goto(host.origin);
    await mountFor(page, "bob");
    await page.evaluate(() => {
      window.widget?.setTheme("dark");
      window.widget?.send("Sent before there was a chat");
    });
    const log = chatFrame(page).getByRole("log", { name: "Conversation" });
    await expect(log.getByRole("article", { name: "You" })).toContainText("Sent before there was");
    await expect(chatFrame(page).locator("html")).toHaveAttribute("data-theme", "dark");
    await expect
      .poll(() => page.evaluate(() => window.widget?.getState()))
      .toMatchObject({ ready: true, signedIn: true, agent: "concierge", running: false });
  });

  test("the look is the host page's", async ({ page, host, stack }) => {
    giveSecrets(host, stack);
    await page.goto(host.origin);
    await mountFor(page, "eve", {
      accent: "#b00020",
      greeting: "Welcome to the shop",
      starters: ["Where is my parcel?"],
    });
    const frame = chatFrame(page);
    await expect(frame.getByText("Welcome to the shop")).toBeVisible();
    await expect(frame.locator("html")).toHaveCSS("--color-primary", "rgb(176 0 32)");
    await frame.getByRole("button", { name: "Where is my parcel?" }).click();
    await expect(frame.getByRole("article", { name: "You" })).toContainText("Where is my parcel?");
  });

  test("the host page says which parts its visitors see", async ({ page, host, stack }) => {
    giveSecrets(host, stack);
    await page.goto(host.origin);
    const frame = chatFrame(page);
    const items = async (show: object) => {
      await mountFor(page, "eve", { show });
      await converse(frame, "Hello");
      await frame.getByRole("button", { name: "Menu" }).click();
      return frame.getByRole("menuitem").allTextContents();
    };
    expect(await items({})).toEqual(["New chat", "Conversations", "Notes", "Switch to dark"]);
    await expect(frame.getByText(/tokens in/)).toHaveCount(0);
    const none = { conversations: false, notes: false, theme: false };
    expect(await items({ ...none, settings: true, usage: true })).toEqual(["New chat", "Settings"]);
    await expect(frame.getByText(/tokens in/).first()).toBeVisible();
    await expect(frame.getByRole("searchbox")).toHaveCount(0);
  });

  test("the page hears names and ids, never what was said", async ({ page, host, stack }) => {
    await page.goto(host.origin);
    await page.evaluate(() => {
      const kept: string[] = [];
      Object.assign(window, { kept });
      const onmessage = Object.getOwnPropertyDescriptor(MessagePort.prototype, "onmessage");
      Object.defineProperty(MessagePort.prototype, "onmessage", {
        ...onmessage,
        set(listener) {
          onmessage?.set?.call(this, (event: MessageEvent) => {
            kept.push(JSON.stringify(event.data));
            listener.call(this, event);
          });
        },
      });
    });
    await mount(page);
    await signInInside(chatFrame(page), stack);
    await converse(chatFrame(page), "Please keep a note that the safe is open");
    const kept = await page.evaluate(() => (window as { kept?: string[] }).kept?.join("\n") ?? "");
    expect(kept).toContain("runend");
    for (const secret of ["safe is open", stack.apiKey, stack.passcode]) {
      expect(kept).not.toContain(secret);
    }
  });
});

test("in auto height the frame never shrinks, and shows no scroll bar while it grows", async ({
  page,
  host,
  stack,
}) => {
  giveSecrets(host, stack);
  await page.goto(host.origin);
  await mountFor(page, "jan", { height: "auto" });
  const frame = chatFrame(page);
  await expect(messageBox(frame)).toBeVisible();
  await page.evaluate(() => {
    const heights: number[] = [];
    Object.assign(window, { heights });
    window.widget?.on("resize", ({ height }) => heights.push(height));
  });
  await frame.locator("html").evaluate((root) => {
    const seen = { scrollbar: false };
    Object.assign(window, { seen });
    const look = () => {
      seen.scrollbar ||= root.clientWidth < window.innerWidth;
      requestAnimationFrame(look);
    };
    look();
  });
  await converse(frame, "long 120 [[pace:2]]");
  await converse(frame, "Hello");
  const heights = await page.evaluate(() => (window as { heights?: number[] }).heights ?? []);
  expect(heights.length).toBeGreaterThan(1);
  expect(heights).toEqual([...heights].sort((a, b) => a - b));
  const seen = await frame
    .locator("html")
    .evaluate(() => (window as { seen?: { scrollbar: boolean } }).seen);
  expect(seen).toEqual({ scrollbar: false });
  await page.evaluate(() => window.widget?.newThread());
  await expect
    .poll(() => page.evaluate(() => (window as { heights?: number[] }).heights?.at(-1)))
    .toBeLessThan(Math.max(...heights));
});
