// Unit tests run in happy-dom; browser tests are in e2e/.
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
    // Above the setup file's asyncUtilTimeout, whose message is more helpful.
    testTimeout: 20_000,
    restoreMocks: true,
    unstubGlobals: true,
  },
});
