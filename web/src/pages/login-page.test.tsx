import { screen } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { arrives, openApp, passcode, press, problem } from "../test-app";

vi.mock("../chat-route", () => ({ ChatRoute: () => <h1>Chat</h1> }));

describe("the sign-in page", () => {
  it("asks for the passcode by name and kind", async () => {
    openApp("/login");
    const field = await passcode();
    expect(field.getAttribute("type")).toBe("password");
    expect(field.getAttribute("autocomplete")).toBe("current-password");
    expect(document.activeElement).toBe(field);
    expect(screen.getByRole("heading", { name: "SmoothOperator" })).toBeTruthy();
  });

  it("says that a passcode is wrong, and lets it be typed again", async () => {
    const { user } = openApp("/login");
    await user.type(await passcode(), "wrong{Enter}");
    expect((await screen.findByRole("alert")).textContent).toBe("That is not right.");
    const field = await passcode();
    expect(document.activeElement).toBe(field);
    expect(field.getAttribute("aria-invalid")).toBe("true");
    await user.clear(field);
    await user.type(field, "open");
    await user.click(await press("Sign in"));
    await arrives("/settings");
  });

  it.each([
    [
      "how long to wait after too many attempts",
      () =>
        problem(429, "rate_limited", "Too many requests. Wait a while and try again.", {
          "Retry-After": "840",
        }),
      "Too many attempts. Try again in 14 minutes.",
    ],
    [
      "that the server cannot be reached",
      () => Promise.reject(new TypeError("lost")),
      "The server cannot be reached. Check your connection and try again.",
    ],
    [
      "the server's own sentence",
      () => problem(503, "overloaded", "Too many visitors just now."),
      "Too many visitors just now.",
    ],
  ])("says %s", async (_what, answer, sentence) => {
    const { user } = openApp("/login", { once: new Map([["POST /api/login", answer]]) });
    await user.type(await passcode(), "open{Enter}");
    expect((await screen.findByRole("alert")).textContent).toBe(sentence);
  });

  it("sends a pasted passcode without blanks and invisible characters", async () => {
    const { user } = openApp("/login");
    await user.click(await passcode());
    await user.paste("\t open\u200b\u00a0");
    await user.keyboard("{Enter}");
    await arrives("/settings");
  });

  it("sends nothing without a passcode", async () => {
    const { user, world } = openApp("/login");
    await passcode();
    await user.click(await press("Sign in"));
    expect(await screen.findByText("Enter the passcode you were given.")).toBeTruthy();
    expect(world.sent.map(({ call }) => call)).not.toContain("POST /api/login");
  });

  it("sends a passcode once, however often the button is pressed", async () => {
    let release: (response: Response) => void = () => {};
    const held = new Promise<Response>((done) => {
      release = done;
    });
    const { user, world } = openApp("/login", { once: new Map([["POST /api/login", () => held]]) });
    await user.type(await passcode(), "open");
    const button = await press("Sign in");
    await user.click(button);
    await user.click(button);
    await user.keyboard("{Enter}");
    release(problem(401, "wrong_passcode", "No."));
    await screen.findByRole("alert");
    expect(world.sent.filter(({ call }) => call === "POST /api/login")).toHaveLength(1);
  });

  it("bears the site's title and signs in for it", async () => {
    const { user, world } = openApp("/login?site=shop");
    expect(await screen.findByRole("heading", { name: "The shop" })).toBeTruthy();
    await user.type(await passcode(), "open{Enter}");
    await arrives("/settings?site=shop");
    expect(world.sent.find(({ call }) => call === "POST /api/login")?.body).toEqual({
      passcode: "open",
      site_id: "shop",
    });
  });

  it("is not shown on a site that is not set up", async () => {
    openApp("/login?site=stranger");
    expect(await screen.findByText("This chat is not set up for this page")).toBeTruthy();
    expect(screen.queryByLabelText("Passcode")).toBeNull();
  });
});
