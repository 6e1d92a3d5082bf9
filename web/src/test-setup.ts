// Resets components, storage and theme before every unit test.
import { cleanup, configure } from "@testing-library/react";
import { afterEach } from "vitest";

// Lazily loaded parts take long on a machine that compiles at the same time.
configure({ asyncUtilTimeout: 10_000 });

afterEach(() => {
  cleanup();
  localStorage.clear();
  sessionStorage.clear();
  document.documentElement.removeAttribute("data-theme");
  document.documentElement.removeAttribute("style");
});

// As with index.html's doctype: the formula library refuses quirks mode, which happy-dom reports.
Object.defineProperty(document, "compatMode", { value: "CSS1Compat" });
