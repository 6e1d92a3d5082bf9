// How the browser tests run: in Debian's Chromium, against everything real (e2e/support/stack.ts).
import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: "./e2e",
  outputDir: "./test-results",
  // Each worker has a stack of its own; two are what two cores carry.
  workers: 2,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  forbidOnly: true,
  // Two more tries, reported as flaky: whole runs on a busy machine are not yet proven stable.
  retries: 2,
  reporter: [["list"]],
  use: {
    browserName: "chromium",
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      // Chromium's own sandbox does not start for root, as in a container.
      args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
    },
    viewport: { width: 1280, height: 800 },
    trace: "retain-on-failure",
  },
});
