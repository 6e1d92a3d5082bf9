// Messages to a frame from the page around it and from others on that page, and its address.
import { type Stack, startStack } from "../support/stack";
import {
  chatFrame,
  expect,
  hostPage,
  inBothCookieModes,
  messageBox,
  mount,
  signInInside,
  test,
} from "./embed-test";
import { startHttpProxy } from "./http-proxy";
import { startSite } from "./site-server";

const heading = { level: 1 } as const;

inBothCookieModes(() => {
  test("forged and second handshakes are ignored", async ({ page, host, stack }) => {
    const stranger = await startSite("127.0.0.2");
    // Another frame of the page greets the chat as fast as it can, from before it is there.
    stranger.serve(
      "/",
      `<!doctype html><script>
        let sent = 0;
        setInterval(() => {
          for (let i = 0; i < parent.frames.length; i++) {
            if (parent.frames[i] === window) continue;
            const channel = new MessageChannel();
            parent.frames[i].postMessage({ so: 1, type: "init", title: "Forged", getClientSecret: false }, "*", [channel.port2]);
            document.title = "sent " + ++sent;
          }
        }, 5);
      </script>`,
    );
    const src = `${stack.appOrigin}/chat?embed=1&loader=1`;
    host.serve(
      "/",
      `<!doctype html><iframe src="${stranger.origin}" id="stranger"></iframe>
       <div id="chat"><iframe src="${src}" width="500" height="500"></iframe></div>`,
    );
    await page.goto(host.origin);
    const frame = chatFrame(page);
    const forger = page.frames().find((one) => one.url().startsWith(stranger.origin));
    await expect
      .poll(async () => Number((await forger?.title())?.split(" ")[1] ?? 0))
      .toBeGreaterThan(50);
    // It waits for its own page: nothing of the forger's shows, and signing in is not offered.
    await expect(frame.getByLabel("Passcode")).toHaveCount(0);
    await expect(frame.getByText("Forged")).toHaveCount(0);

    const greet = (title: string) =>
      page.evaluate((title) => {
        const target = document.querySelector<HTMLIFrameElement>("#chat iframe")?.contentWindow;
        const channel = new MessageChannel();
        const answered = new Promise<string>((resolve) => {
          channel.port1.onmessage = ({ data }) => resolve(data.type);
          // pause: how long silence must last to count as no answer
          setTimeout(() => resolve("nothing"), 1_000);
        });
        const init = { so: 1, type: "init", title, getClientSecret: false };
        target?.postMessage(init, "*", [channel.port2]);
        return answered;
      }, title);
    expect(await greet("The host's")).toBe("ready");
    await expect(frame.getByRole("heading", heading)).toHaveText("The host's");
    expect(await greet("A second")).toBe("nothing");
    await expect(frame.getByRole("heading", heading)).toHaveText("The host's");
    await stranger.close();
  });

  test("a frame of the loader waits for the handshake, and reports that none came", async ({
    page,
    host,
    stack,
  }) => {
    const src = `${stack.appOrigin}/chat?embed=1&loader=1`;
    host.serve("/", `<!doctype html><div id="chat"><iframe src="${src}"></iframe></div>`);
    await page.goto(host.origin);
    const frame = chatFrame(page);
    await expect(frame.getByText("did not start")).toBeVisible({ timeout: 15_000 });
    await expect(frame.getByLabel("Passcode")).toHaveCount(0);
  });

  for (const way of ["by the loader", "by a link in a frame", "by a link at the top"] as const) {
    test(`a stranger's API named ${way} is refused and hears nothing`, async ({
      page,
      host,
      stack,
    }) => {
      const listener = await startSite("127.0.0.3");
      const link = `${stack.appOrigin}/chat?embed=1&apiUrl=${encodeURIComponent(listener.origin)}`;
      if (way === "by a link at the top") {
        await page.goto(link);
      } else if (way === "by a link in a frame") {
        host.serve("/", `<!doctype html><div id="chat"><iframe src="${link}"></iframe></div>`);
        await page.goto(host.origin);
      } else {
        await page.goto(host.origin);
        await mount(page, { apiUrl: listener.origin });
        const reason = await page.evaluate(() =>
          window.widget?.ready.then(
            () => "ready",
            (error: Error) => error.message,
          ),
        );
        expect(reason).toContain(listener.origin);
      }
      const view = way === "by a link at the top" ? page : chatFrame(page);
      await expect(view.getByRole("alert")).toContainText("not set up for this page");
      await expect(view.getByLabel("Passcode")).toHaveCount(0);
      expect(listener.asked).toEqual([]);
      expect(listener.connections()).toBe(0);
      await listener.close();
    });
  }
});

test.describe("with the operator's own lists", () => {
  let listed: Stack;
  let api: Awaited<ReturnType<typeof startHttpProxy>>;
  let friend: Awaited<ReturnType<typeof startSite>>;

  test.beforeAll(async () => {
    const { mkdtempSync, writeFileSync } = await import("node:fs");
    const { tmpdir } = await import("node:os");
    const { join } = await import("node:path");
    api = await startHttpProxy();
    friend = await startSite();
    const file = join(mkdtempSync(join(tmpdir(), "so-sites-")), "sites.toml");
    writeFileSync(
      file,
      `[sites.friend]\ntitle = "Friends only"\ngreeting = "Hello, friend"\norigins = ["${friend.origin}"]
       logo = "/favicon.svg"\n
       [sites.open]\ntitle = "For everybody"\n`,
    );
    listed = await startStack({
      env: { SITES_FILE: file },
      nginx: { API_ORIGINS: api.origin },
    });
    api.target = listed.apis[0]?.url ?? "";
    friend.serve("/", hostPage(listed.appOrigin));
  });

  test.afterAll(async () => {
    await listed?.stop();
    await friend?.close();
    await api?.close();
  });

  inBothCookieModes(() => {
    const notSetUp = "This chat is not set up for this page";

    test("a page in the site's origins shows it, in the site's look", async ({ page }) => {
      await page.goto(friend.origin);
      await mount(page, { siteId: "friend" });
      await page.evaluate(() => window.widget?.ready);
      await expect(chatFrame(page).getByRole("heading", heading)).toHaveText("Friends only");
      await signInInside(chatFrame(page), listed);
      await expect(chatFrame(page).getByText("Hello, friend")).toBeVisible();
      await expect(chatFrame(page).getByRole("heading", heading)).toHaveText("Friends only");
      const logo = chatFrame(page).getByRole("main").locator('header img[src="/favicon.svg"]');
      await expect(logo).toBeVisible();
      const width = () => logo.evaluate((image: HTMLImageElement) => image.naturalWidth);
      await expect.poll(width).toBeGreaterThan(0);
    });

    test("a page that is not in them does not, with and without the loader", async ({ page }) => {
      const stranger = await startSite("127.0.0.2");
      const bare = `${listed.appOrigin}/chat?embed=1&site=friend`;
      stranger.serve(
        "/",
        hostPage(
          listed.appOrigin,
          `<div id="chat"></div><div id="bare"><iframe src="${bare}"></iframe></div>`,
        ),
      );
      await page.goto(stranger.origin);
      await mount(page, { siteId: "friend", title: "Forged" });
      await expect(page.evaluate(() => window.widget?.ready)).rejects.toThrow(stranger.origin);
      for (const place of ["#chat", "#bare"]) {
        await expect(chatFrame(page, place).getByText(notSetUp)).toBeVisible();
        await expect(chatFrame(page, place).getByLabel("Passcode")).toHaveCount(0);
      }
      await expect(chatFrame(page).getByText("Forged")).toHaveCount(0);
      await stranger.close();
    });

    test("a bare frame on a listed page works", async ({ page }) => {
      const src = `${listed.appOrigin}/chat?embed=1&site=friend`;
      friend.serve(
        "/bare.html",
        `<!doctype html><div id="chat"><iframe src="${src}"></iframe></div>`,
      );
      await page.goto(`${friend.origin}/bare.html`);
      await expect(chatFrame(page).getByRole("heading", heading)).toHaveText("Friends only");
    });

    test("a site that is not on the list cannot sign in", async ({ page }) => {
      await page.goto(friend.origin);
      await mount(page, { siteId: "unknown" });
      await expect(page.evaluate(() => window.widget?.ready)).rejects.toThrow('no "unknown"');
      await expect(chatFrame(page).getByText(notSetUp)).toBeVisible();
      await expect(chatFrame(page).getByLabel("Passcode")).toHaveCount(0);
    });

    test("an API that is listed is used", async ({ page }) => {
      await page.goto(friend.origin);
      await mount(page, { siteId: "open", apiUrl: api.origin });
      await signInInside(chatFrame(page), listed);
      await expect(messageBox(chatFrame(page))).toBeVisible();
      expect(api.seen.map(({ url }) => url)).toContain("/api/login");
    });
  });
});

test.describe("where framing is forbidden", () => {
  let closed: Stack;
  test.beforeAll(async () => {
    closed = await startStack({ nginx: { EMBED_ANCESTORS: "https://customer.example" } });
  });
  test.afterAll(() => closed?.stop());

  inBothCookieModes(() => {
    test("ready is rejected with the reason", async ({ page, host }) => {
      host.serve("/", hostPage(closed.appOrigin));
      await page.goto(host.origin);
      await mount(page);
      await expect(page.evaluate(() => window.widget?.ready)).rejects.toThrow("frame-ancestors");
      expect(await page.evaluate(() => window.heard)).toEqual(["error"]);
    });
  });
});
