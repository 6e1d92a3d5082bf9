// The page that describes the API, through nginx: complete under its policy, with nothing from
// other hosts.
import { expectAccessible } from "./support/axe";
import { expect, test } from "./support/stack";

test("every call is drawn, nothing is refused, and a GET can be tried", async ({ page, stack }) => {
  // axe checks every call and schema, twice.
  test.setTimeout(180_000);
  const complaints: string[] = [];
  page.on("console", (line) => {
    if (line.type() === "error" || line.type() === "warning") complaints.push(line.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol !== "data:") expect(url.origin).toBe(stack.appOrigin);
  });
  const answer = await page.goto(`${stack.appOrigin}/docs`);
  expect(answer?.headers()["content-security-policy"]).not.toContain("unsafe");

  const described = await (await page.request.get(`${stack.appOrigin}/openapi.json`)).json();
  for (const [path, item] of Object.entries(described.paths as Record<string, object>)) {
    for (const method of Object.keys(item)) {
      const name = `${method.toUpperCase()} ${path}`;
      await expect(page.getByRole("heading", { level: 3, name, exact: true })).toBeVisible();
    }
  }
  for (const schema of Object.keys(described.components.schemas)) {
    await expect(page.getByRole("heading", { level: 3, name: schema, exact: true })).toBeVisible();
  }

  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await expectAccessible(page, colorScheme);
  }

  const health = page.locator("#get-health");
  await health.getByText("Try it").click();
  await health.getByRole("button", { name: "GET /health" }).click();
  await expect(health).toContainText("200");
  await expect(health).toContainText('"status": "ok"');

  await page.getByRole("searchbox", { name: "Find" }).fill("mcp-tokens");
  await expect(health).toBeHidden();
  await expect(page.locator("#post-api-mcp-tokens")).toBeVisible();
  expect(complaints).toEqual([]);
});
