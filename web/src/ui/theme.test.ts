import { afterEach, describe, expect, it, vi } from "vitest";
import { applyAccent, contrast, getTheme, setTheme, startTheme } from "./theme";

const root = document.documentElement;
const rgb = (name: string) => {
  const parts = root.style.getPropertyValue(name).match(/\d+/g)?.map(Number) ?? [];
  const [red = 0, green = 0, blue = 0] = parts;
  return [red, green, blue] as const;
};

afterEach(() => {
  applyAccent(null);
  setTheme("system", false);
});

describe("the theme", () => {
  it("is the stored one, and the system's for anything else", () => {
    localStorage.setItem("so.theme", "dark");
    startTheme();
    expect(root.dataset.theme).toBe("dark");
    localStorage.setItem("so.theme", "<script>");
    startTheme();
    expect(root.dataset.theme).toBeUndefined();
  });

  it("is not remembered when a host page chose it", () => {
    setTheme("dark", false);
    expect(root.dataset.theme).toBe("dark");
    expect(localStorage.length).toBe(0);
  });

  it("works where storage is denied", () => {
    vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
      throw new DOMException("denied", "SecurityError");
    });
    setTheme("light");
    expect(getTheme()).toBe("light");
  });

  it("follows another tab", () => {
    startTheme();
    window.dispatchEvent(new StorageEvent("storage", { key: "so.theme", newValue: "dark" }));
    expect(getTheme()).toBe("dark");
  });
});

describe("an accent", () => {
  const accents = ["#ffd400", "#000000", "#ffffff", "#777777", "#0b6b73", "#f0f", "#123456"];

  it.each(accents)("%s can be read, on and in both themes", (accent) => {
    for (const [theme, surface] of [
      ["light", [226, 231, 233]],
      ["dark", [45, 51, 54]],
    ] as const) {
      setTheme(theme, false);
      applyAccent(accent);
      expect(contrast(rgb("--color-primary"), rgb("--color-primary-content"))).toBeGreaterThan(4.4);
      expect(contrast(rgb("--so-accent-text"), surface)).toBeGreaterThan(4.4);
    }
  });

  it.each(["red", "#12", "url(https://evil.example)", "#12345g", "var(--x)"])(
    "of an unknown form (%s) leaves our own",
    (accent) => {
      applyAccent("#123456");
      applyAccent(accent);
      expect(root.style.getPropertyValue("--color-primary")).toBe("");
    },
  );
});
