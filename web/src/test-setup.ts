// What every unit test starts from: no component, no stored value, no theme left by the test before.
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

// As index.html's doctype has it: the formula library refuses quirks mode, which happy-dom reports.
Object.defineProperty(document, "compatMode", { value: "CSS1Compat" });
