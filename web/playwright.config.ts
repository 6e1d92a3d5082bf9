// The browser tests run in Debian's Chromium, against the real product (e2e/support/stack.ts).
import { defineConfig } from "@playwright/test";
import { chromiumArgs, chromiumPath } from "../scripts/lib/chromium.mjs";

export default defineConfig({
  testDir: "./e2e",
  outputDir: "./test-results",
  // Each worker has a stack of its own. Tests wait for a quarter of their time, so two cores carry
  // three.
  workers: 3,
  // Many times what any test takes at rest, since the machine may be busy with other things. Without
  // a limit where every language is looked at by all of axe or by a person.
  timeout: process.env.AXE_LANGUAGES || process.env.LOOK ? 0 : 120_000,
  expect: { timeout: 15_000 },
  forbidOnly: true,
  // A test that fails only now and then is a bug in the test or in the product.
  retries: 0,
  reporter: [["list"]],
  use: {
    browserName: "chromium",
    launchOptions: { executablePath: chromiumPath, args: chromiumArgs },
    viewport: { width: 1280, height: 800 },
    // Recording costs a sixth of the tests' CPU time: run a failed test again with --trace on.
    screenshot: "only-on-failure",
  },
});
