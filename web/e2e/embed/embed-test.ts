// Browser tests of the embedding: a real profile of Debian's Chromium, with third-party cookies
// allowed and blocked, and host pages on other sites than the app.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type FrameLocator, type Page } from "@playwright/test";
import { chromiumArgs, chromiumPath } from "../../../scripts/lib/chromium.mjs";
import type { WidgetEvents, WidgetHandle } from "../../src/protocol/widget-api";
import { test as base, expect, type Stack } from "../support/stack";
import { hostPage, type Site, startSite } from "./site-server";

export type { Site };
export { expect, hostPage };

export type CookieMode = "allowed" | "blocked";

interface Fixtures {
  thirdPartyCookies: CookieMode;
  /** The program of the browser. */
  executablePath: string;
  /** A page of its own at `/`, with the loader on it, on another site than the app. */
  host: Site;
}

interface WorkerFixtures {
  /** Starts one browser of each sort at most; every test has a context of its own in it. */
  browserFor: (mode: CookieMode, executablePath: string) => Promise<Browser>;
}

/**
 * A browser with our own flags and profile: the driver's default flags switch the partitioning of
 * storage and the back/forward cache off.
 */
async function launch(mode: CookieMode, executablePath: string, profile: string): Promise<Browser> {
  mkdirSync(join(profile, "Default"), { recursive: true });
  // Debian's build blocks third-party cookies unless the profile says otherwise.
  const preferences = { cookie_controls_mode: 0, block_third_party_cookies: false };
  writeFileSync(
    join(profile, "Default", "Preferences"),
    JSON.stringify(mode === "allowed" ? { profile: preferences } : {}),
  );
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    ignoreDefaultArgs: true,
    args: [
      "--headless",
      "--remote-debugging-pipe",
      `--user-data-dir=${profile}`,
      "--no-first-run",
      "--no-default-browser-check",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--password-store=basic",
      "--use-mock-keychain",
      "--disable-dev-shm-usage",
      ...(mode === "blocked" ? ["--test-third-party-cookie-phaseout"] : []),
      ...chromiumArgs,
    ],
  });
  const browser = context.browser();
  if (!browser) throw new Error("this version of the driver has no browser for a profile");
  return browser;
}

export const test = base.extend<Fixtures, WorkerFixtures>({
  thirdPartyCookies: ["allowed", { option: true }],
  executablePath: [chromiumPath, { option: true }],

  browserFor: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names off this pattern
    async ({}, use) => {
      const launched = new Map<string, Promise<Browser>>();
      const profiles: string[] = [];
      await use((mode, executablePath) => {
        const sort = `${mode} ${executablePath}`;
        const already = launched.get(sort);
        if (already) return already;
        const profile = mkdtempSync(join(tmpdir(), "so-profile-"));
        profiles.push(profile);
        const browser = launch(mode, executablePath, profile);
        launched.set(sort, browser);
        return browser;
      });
      for (const browser of launched.values()) await (await browser).close();
      for (const profile of profiles) {
        rmSync(profile, { recursive: true, force: true, maxRetries: 3 });
      }
    },
    { scope: "worker" },
  ],

  context: async ({ thirdPartyCookies, executablePath, browserFor }, use) => {
    const browser = await browserFor(thirdPartyCookies, executablePath);
    const context = await browser.newContext({ viewport: { width: 1000, height: 800 } });
    await use(context);
    await context.close();
  },

  page: async ({ context }, use) => use(await context.newPage()),

  host: async ({ stack }, use) => {
    const host = await startSite();
    host.serve("/", hostPage(stack.appOrigin));
    await use(host);
    await host.close();
  },
});

/** Declares tests once for each way a browser treats third-party cookies. */
export function inBothCookieModes(declare: () => void): void {
  for (const mode of ["allowed", "blocked"] as const) {
    test.describe(`third-party cookies ${mode}`, () => {
      test.use({ thirdPartyCookies: mode });
      declare();
    });
  }
}

declare global {
  interface Window {
    /** The widget that a test mounted. */
    widget?: WidgetHandle;
    /** Names of the events it heard, in order. */
    heard?: string[];
  }
}

/** Mounts a widget as `window.widget`, which keeps the names of its events in `window.heard`. */
export async function mount(
  page: Page,
  options: Record<string, unknown> = {},
  target: string | null = "#chat",
): Promise<void> {
  await page.evaluate(
    ({ options, target }) => {
      if (!window.SmoothOperator) throw new Error("the loader is not on this page");
      const widget = window.SmoothOperator.mount(target, options);
      window.widget = widget;
      window.heard = [];
      const names =
        "ready open close signedin signedout agent runstart runend threadchange unread resize error";
      for (const name of names.split(" ")) {
        widget.on(name as keyof WidgetEvents, () => window.heard?.push(name));
      }
    },
    { options, target },
  );
}

/** As `mount`, with a `getClientSecret` that asks the host's own `/chat-secret` for `user`. */
export async function mountFor(
  page: Page,
  user: string | null,
  options: object = {},
  target: string | null = "#chat",
): Promise<void> {
  // Tests share a stack, not their users.
  const id = user === null ? null : `${user}-${test.info().testId}`;
  await page.evaluate(
    ({ id, options, target }) => {
      window.widget = window.SmoothOperator?.mount(target, {
        siteId: "shop",
        ...options,
        getClientSecret: async () => {
          const query = id === null ? "" : `?user=${id}`;
          return (await fetch(`/chat-secret${query}`, { method: "POST" })).text();
        },
      });
    },
    { id, options, target },
  );
}

/** The part of a customer's backend that docs/EMBEDDING.md describes. */
export function giveSecrets(host: Site, stack: Stack): void {
  host.handle("/chat-secret", async (request, response) => {
    const user = new URL(request.url ?? "/", host.origin).searchParams.get("user");
    const answer = await fetch(`${stack.appOrigin}/api/client-secrets`, {
      method: "POST",
      headers: {
        Authorization: `Bearer ${stack.siteSecret}`,
        "Content-Type": "application/json",
      },
      body: JSON.stringify({
        site_id: "shop",
        api_key: stack.apiKey,
        ...(user === null ? {} : { user_id: user }),
      }),
    });
    const { client_secret } = (await answer.json()) as { client_secret: string };
    response.writeHead(200, { "content-type": "text/plain" }).end(client_secret);
  });
}

export function chatFrame(page: Page, within = "#chat"): FrameLocator {
  return page.locator(within).locator("iframe").contentFrame();
}

export const openButton = (page: Page) => page.getByRole("button", { name: "Open chat" });
export const closeButton = (page: Page) => page.getByRole("button", { name: "Close chat" });

/** Chooses from the menu in the header of an embedded chat. */
export async function chooseFromMenu(frame: FrameLocator, name: string) {
  await frame.getByRole("button", { name: "Menu" }).click();
  await frame.getByRole("menuitem", { name }).click();
}

export const messageBox = (frame: FrameLocator) => frame.getByRole("textbox", { name: "Message" });

/** Signs in and saves a key inside a frame, as a visitor of a page without a backend does. */
export async function signInInside(frame: FrameLocator, stack: Stack): Promise<void> {
  await frame.getByLabel("Passcode").fill(stack.passcode);
  await frame.getByRole("button", { name: "Sign in" }).click();
  await frame.getByLabel("API key").fill(stack.apiKey);
  await frame.getByRole("button", { name: "Save" }).click();
  await expect(messageBox(frame)).toBeVisible();
}

/** Says something and waits for the whole answer. */
export async function converse(frame: FrameLocator, message: string): Promise<void> {
  const answers = frame.getByRole("log", { name: "Conversation" }).getByRole("article");
  const before = await answers.count();
  await messageBox(frame).fill(message);
  await messageBox(frame).press("Enter");
  await expect.poll(() => answers.count()).toBeGreaterThanOrEqual(before + 2);
  await expect(frame.getByRole("button", { name: "Stop" })).toHaveCount(0, { timeout: 20_000 });
}

/** Whether the page's own document was told so by the frame. */
export async function hears(page: Page, name: string): Promise<void> {
  await expect.poll(() => page.evaluate(() => window.heard)).toContain(name);
}
