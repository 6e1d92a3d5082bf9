// Host pages without an origin of their own.
import type { Stack } from "../support/stack";
import { expect, test } from "./embed-test";

test.describe("a page without an origin of its own", () => {
  const inner = (stack: Stack) =>
    `<!doctype html><title>Inner</title><div id="chat"></div>
     <script src="${stack.appOrigin}/embed/smoothoperator.js"></script>
     <script>SmoothOperator.mount("#chat", { title: "Help" }).ready.then(
       () => document.title = "ready", (reason) => document.title = reason.message)</script>`;
  const escaped = (html: string) => html.replaceAll("&", "&amp;").replaceAll('"', "&quot;");

  for (const [name, attributes] of [
    ["srcdoc", (html: string) => `srcdoc="${escaped(html)}"`],
    [
      "a sandbox that leaves it its origin",
      (html: string) =>
        `sandbox="allow-scripts allow-same-origin allow-forms" srcdoc="${escaped(html)}"`,
    ],
  ] as const) {
    test(`${name} shows the chat`, async ({ page, host, stack }) => {
      host.serve(
        "/",
        `<!doctype html><title>Host</title><iframe ${attributes(inner(stack))}></iframe>`,
      );
      await page.goto(host.origin);
      const frame = page.frameLocator("iframe").frameLocator("iframe");
      await expect(frame.getByRole("heading", { name: "Help" })).toBeVisible();
    });
  }

  test("in a sandbox it is told why there is no chat", async ({ page, host, stack }) => {
    const attributes = `sandbox="allow-scripts allow-forms" srcdoc="${escaped(inner(stack))}"`;
    host.serve("/", `<!doctype html><title>Host</title><iframe ${attributes}></iframe>`);
    await page.goto(host.origin);
    await expect.poll(() => page.frames()[1]?.title(), { timeout: 20_000 }).toContain("sandbox");
  });
});
