// The first load of /chat in requests and bytes, and what is painted before any script arrives.
// `make size` measures times, on an idle machine.
import { expect, openChat, test } from "./support/stack";

const KB = 1000;

test("takes at most 12 requests and 100 KB of JavaScript until it can be used", async ({
  page,
  stack,
  browser,
}) => {
  await openChat(page, stack);
  const { cookies } = await page.context().storageState();
  const fresh = await browser.newContext({
    baseURL: stack.appOrigin,
    // As nginx sends it to a browser without Brotli: the budget is in gzip.
    extraHTTPHeaders: { "Accept-Encoding": "gzip" },
  });
  await fresh.addCookies(cookies);
  const first = await fresh.newPage();
  await first.addInitScript(() => {
    const observer = new MutationObserver(() => {
      if (!document.querySelector("textarea:not([disabled])")) return;
      observer.disconnect();
      performance.mark("usable");
    });
    observer.observe(document, { childList: true, subtree: true });
  });
  await first.goto("/chat");
  await expect(first.getByRole("textbox", { name: "Message" })).toBeFocused();
  const loaded = await first.evaluate(() => {
    const usable = performance.getEntriesByName("usable")[0]?.startTime ?? 0;
    const entries = performance.getEntriesByType("resource") as PerformanceResourceTiming[];
    return entries
      .filter(({ startTime }) => startTime <= usable)
      .map(({ name, encodedBodySize }) => ({ name, bytes: encodedBodySize }));
  });
  const requests = ["/chat", ...loaded.map(({ name }) => new URL(name).pathname)];
  const bytes = loaded
    .filter(({ name }) => name.endsWith(".js"))
    .reduce((total, one) => total + one.bytes, 0);
  console.log(`  first load: ${requests.length} requests, ${(bytes / KB).toFixed(1)} KB of script`);
  expect(requests.length, requests.join("\n")).toBeLessThanOrEqual(12);
  expect(bytes).toBeGreaterThan(0);
  expect(bytes).toBeLessThanOrEqual(100 * KB);
  await fresh.close();
});

test("paints the shell before any script has come", async ({ page }) => {
  await page.route("**/*.js", (route) => route.abort());
  await page.goto("/chat");
  const box = page.locator(".shell-box");
  await expect(box).toBeVisible();
  await page.setViewportSize({ width: 360, height: 640 });
  const { x, width } = (await box.boundingBox()) ?? { x: 0, width: 0 };
  expect(x).toBeGreaterThan(0);
  expect(x + width).toBeLessThan(360);
});
