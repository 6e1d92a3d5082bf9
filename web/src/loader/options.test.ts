import { describe, expect, it } from "vitest";
import { optionsOf } from "./options";

describe("data- attributes", () => {
  it("become options", () => {
    const script = document.createElement("script");
    script.dataset.target = "#chat";
    script.dataset.site = "shop";
    script.dataset.apiUrl = "https://api.example";
    script.dataset.starters = "One | Two";
    expect(optionsOf(script.dataset)).toEqual({
      target: "#chat",
      site: "shop",
      siteId: "shop",
      apiUrl: "https://api.example",
      starters: ["One ", " Two"],
    });
  });

  it("mount nothing without a target or a mode", () => {
    const script = document.createElement("script");
    script.dataset.site = "shop";
    expect(optionsOf(script.dataset)).toBeNull();
  });
});
