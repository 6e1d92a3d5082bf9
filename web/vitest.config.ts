// How unit tests run: in happy-dom, apart from the browser tests in e2e/.
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { inlineEnglish } from "./build/inline-english.ts";
import { loaderTexts } from "./build/loader-texts.ts";

export default defineConfig({
  plugins: [inlineEnglish(), loaderTexts(), react()],
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.{ts,tsx}", "scripts/**/*.test.ts"],
    setupFiles: ["src/test-setup.ts"],
    // Above asyncUtilTimeout of the setup file, whose message says more.
    testTimeout: 20_000,
    restoreMocks: true,
    unstubGlobals: true,
  },
});
