// Sessions inside a frame, and that the page around it cannot act in the visitor's name.
import type { Page } from "@playwright/test";
import {
  chatFrame,
  chooseFromMenu,
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
import { frameCookie, headersOf, isAlive, sessionOf } from "./frame-session";
import { startHttpProxy } from "./http-proxy";
import { startSite } from "./site-server";

/** The token as stored by the frame. */
function keptToken(page: Page, appOrigin: string) {
  const frame = page.frames().find((one) => one.url().startsWith(appOrigin));
  if (!frame) throw new Error("the app has no frame");
  return frame.evaluate(() => sessionStorage.getItem("so.token"));
}

inBothCookieModes(() => {
  test("the profile treats third-party cookies as its name says", async ({
    page,
    context,
    host,
    thirdPartyCookies,
  }) => {
    const other = await startSite("127.0.0.2");
    const plain = "plain=1; Secure; SameSite=None";
    const parted = "__Host-parted=1; Secure; Path=/; SameSite=None; Partitioned";
    other.handle("/", (_request, response) => {
      response.writeHead(200, { "set-cookie": [plain, parted] }).end();
    });
    host.serve("/", `<!doctype html><iframe src="${other.origin}/"></iframe>`);
    await page.goto(host.origin, { waitUntil: "load" });
    const names = (await context.cookies()).map(({ name }) => name).sort();
    expect(names).toEqual(
      thirdPartyCookies === "allowed" ? ["__Host-parted", "plain"] : ["__Host-parted"],
    );
    await other.close();
  });

  test("a bare frame works by itself: signing in and chatting by cookie", async ({
    page,
    context,
    host,
    stack,
  }) => {
    const src = `${stack.appOrigin}/chat?embed=1&site=customer-prod`;
    host.serve(
      "/",
      `<!doctype html><div id="chat"><iframe src="${src}" height="600"></iframe></div>`,
    );
    await page.goto(host.origin);
    const frame = chatFrame(page);
    await signInInside(frame, stack);
    await converse(frame, "Hello from a bare frame");

    const cookie = await sessionOf(context);
    expect(cookie).toMatchObject({ httpOnly: true, secure: true, sameSite: "None", path: "/" });
    expect(await keptToken(page, stack.appOrigin)).toBeNull();
    // Every route inside keeps what the headers and the site go by.
    const address = page
      .frames()
      .find((one) => one.url().startsWith(stack.appOrigin))
      ?.url();
    expect(address).toMatch(/\/chat\/[\w-]+\?embed=1&site=customer-prod$/);

    await page.reload();
    await expect(messageBox(frame)).toBeVisible();
  });

  test("the loader's frame keeps its session over a reload, and tells the page", async ({
    page,
    host,
    stack,
  }) => {
    await page.goto(host.origin);
    await mount(page);
    await hears(page, "ready");
    await signInInside(chatFrame(page), stack);
    await hears(page, "signedin");
    await converse(chatFrame(page), "Hello by the loader");
    const heard = await page.evaluate(() => window.heard);
    expect(heard).toEqual(
      expect.arrayContaining(["ready", "signedin", "threadchange", "runstart", "agent", "runend"]),
    );
    await page.reload();
    await mount(page);
    await expect(messageBox(chatFrame(page))).toBeVisible();
    await hears(page, "signedin");
  });

  test("a browser that keeps no cookie signs in by token", async ({ page, context, stack }) => {
    const proxy = await startHttpProxy(stack.appOrigin);
    proxy.stripCookies = true;
    const host = await startSite();
    host.serve("/", hostPage(proxy.origin));
    try {
      await page.goto(host.origin);
      await page.evaluate(() => {
        window.addEventListener("message", (event) => {
          document.title += JSON.stringify(event.data);
        });
      });
      await mount(page);
      await signInInside(chatFrame(page), stack);
      await converse(chatFrame(page), "Hello without a cookie");
      expect(await frameCookie(context)).toBeUndefined();
      const token = await keptToken(page, proxy.origin);
      expect(token).not.toBeNull();

      await page.reload();
      await mount(page);
      await expect(messageBox(chatFrame(page))).toBeVisible();

      const chat = proxy.seen.find(({ url }) => url === "/api/chat");
      expect(chat?.headers.authorization).toBe(`Bearer ${token}`);
      for (const { url, headers } of proxy.seen) {
        expect(url).not.toContain(token);
        expect(headers.referer ?? "").not.toContain(token);
      }
      expect(await page.title()).toBe("Host");
    } finally {
      await host.close();
      await proxy.close();
    }
  });

  test("two widgets the host signs in by token leave each other alone", async ({ page, stack }) => {
    const proxy = await startHttpProxy(stack.appOrigin);
    proxy.stripCookies = true;
    const host = await startSite();
    giveSecrets(host, stack);
    host.serve("/", hostPage(proxy.origin, '<div id="chat"></div><div id="second"></div>'));
    try {
      await page.goto(host.origin);
      await mountFor(page, "ann");
      await converse(chatFrame(page), "Hello from the first");
      await mountFor(page, "ann", {}, "#second");
      await converse(chatFrame(page, "#second"), "Hello from the second");
      await converse(chatFrame(page), "Still here");
      // Another load of the page ends what the last one left.
      await page.goto(host.origin);
      await mountFor(page, "bob");
      await expect(messageBox(chatFrame(page))).toBeVisible();
      const ended = proxy.seen.filter(({ url }) => url === "/api/logout");
      expect(ended).toHaveLength(1);
      for (const { headers } of ended) expect(headers.authorization).toMatch(/^Bearer /);
    } finally {
      await host.close();
      await proxy.close();
    }
  });

  test("a page of another site has a session of its own", async ({
    page,
    context,
    host,
    stack,
  }) => {
    await page.goto(host.origin);
    await mount(page);
    await signInInside(chatFrame(page), stack);

    const other = await startSite("127.0.0.2");
    other.serve("/", hostPage(stack.appOrigin));
    const second = await context.newPage();
    await second.goto(other.origin);
    await mount(second);
    await expect(chatFrame(second).getByLabel("Passcode")).toBeVisible();
    await signInInside(chatFrame(second), stack);
    await chooseFromMenu(chatFrame(second), "Settings");
    await chatFrame(second).getByRole("button", { name: "Sign out" }).click();
    const confirm = chatFrame(second).getByRole("dialog").getByRole("button", { name: "Sign out" });
    if (await confirm.isVisible()) await confirm.click();
    await expect(chatFrame(second).getByLabel("Passcode")).toBeVisible();

    // The first does not notice.
    await converse(chatFrame(page), "Still here");
    await other.close();
  });

  test("the page around a frame cannot act in its visitor's name", async ({
    page,
    context,
    host,
    stack,
  }) => {
    const proxy = await startHttpProxy(stack.appOrigin);
    const attack = `
      const app = ${JSON.stringify(proxy.origin)};
      const targets = ["/api/logout", "/api/settings", "/api/chat", "/api/login"];
      const bodies = ["{}", JSON.stringify({ message: "sent by a stranger" }), ""];
      const tried = [];
      for (const target of targets) for (const body of bodies) {
        navigator.sendBeacon(app + target, new Blob([body], { type: "text/plain" }));
        for (const mode of ["no-cors", "cors"]) for (const type of ["text/plain", "application/json"]) {
          const init = { method: "POST", mode, credentials: "include", body };
          if (mode === "cors" || type === "text/plain") init.headers = { "content-type": type };
          tried.push(fetch(app + target, init).catch(() => {}));
        }
        tried.push(fetch(app + target, { method: "DELETE", credentials: "include" }).catch(() => {}));
        tried.push(fetch(app + target, { method: "POST", credentials: "include",
          headers: { "x-so-context": "embed", "content-type": "application/json" }, body }).catch(() => {}));
        const sink = document.createElement("iframe");
        sink.name = "sink" + Math.random();
        const form = document.createElement("form");
        form.method = "post"; form.target = sink.name; form.action = app + target;
        form.enctype = "text/plain";
        const field = document.createElement("input");
        field.name = '{"message":"sent by a stranger","x":"'; field.value = '"}';
        form.append(field);
        document.body.append(sink, form);
        tried.push(new Promise((resolve) => { sink.onload = resolve; }));
        form.submit();
      }
      Promise.all(tried).then(() => { document.documentElement.dataset.done = "yes"; });`;
    const stranger = await startSite("127.0.0.2");
    stranger.serve("/", `<!doctype html><body><script src="/attack.js"></script></body>`);
    stranger.serve("/attack.js", attack);
    host.serve("/attack.js", attack);
    host.serve("/", hostPage(proxy.origin, `<div id="chat"></div><div id="ads"></div>`));
    await page.goto(host.origin);
    await mount(page);
    const frame = chatFrame(page);
    await signInInside(frame, stack);
    await converse(frame, "Mine");
    const cookie = await sessionOf(context);

    await test.step("the page itself", async () => {
      await page.evaluate(() => {
        const script = document.createElement("script");
        script.src = "/attack.js";
        document.body.append(script);
      });
      await expect(page.locator("html")).toHaveAttribute("data-done", "yes", { timeout: 30_000 });
    });
    await test.step("another frame of the page", async () => {
      await page.evaluate((origin) => {
        const ad = document.createElement("iframe");
        ad.src = origin;
        document.querySelector("#ads")?.append(ad);
      }, stranger.origin);
      const ad = page.locator("#ads iframe").contentFrame();
      await expect(ad.locator("html")).toHaveAttribute("data-done", "yes", { timeout: 30_000 });
    });

    // The browser does lend the cookie to such a request: it is not what stops them.
    const lent = proxy.seen.filter(
      ({ url, headers }) => url === "/api/logout" && headers.cookie?.includes(cookie.value),
    );
    expect(lent.length).toBeGreaterThan(0);
    expect(await isAlive(stack, cookie)).toBe(true);
    const threads = await fetch(`${stack.appOrigin}/api/threads`, {
      headers: headersOf(cookie),
    });
    const { items } = (await threads.json()) as { items: { title: string }[] };
    expect(items.map(({ title }) => title)).toEqual(["Mine"]);
    await converse(frame, "Still mine");
    await stranger.close();
    await proxy.close();
  });
});
