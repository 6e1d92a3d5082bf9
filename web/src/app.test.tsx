import { screen, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { arrives, key, openApp, passcode, press } from "./test-app";
import { useSessionEnded } from "./ui/session-ended";

vi.mock("./chat-route", () => ({
  ChatRoute: () => (
    <>
      <h1>Chat</h1>
      {useSessionEnded() && <p>ended</p>}
    </>
  ),
}));

const ALL = { signedIn: true, hasKey: true };

describe("the guards", () => {
  it.each([
    ["a stranger to sign in", "/", {}, "/login"],
    ["a stranger who wants the settings to sign in", "/settings", {}, "/login"],
    ["who has no key to the settings", "/chat", { signedIn: true }, "/settings"],
    ["who has all to the chat", "/", { signedIn: true, hasKey: true }, "/chat"],
    ["who is signed in past the sign-in", "/login", { signedIn: true, hasKey: true }, "/chat"],
    [
      "an unknown address to the chat",
      "/nowhere/at-all",
      { signedIn: true, hasKey: true },
      "/chat",
    ],
  ])("send %s", async (_who, path, world, arrival) => {
    openApp(path, world);
    await arrives(arrival);
  });

  it("lead back to where one wanted to go, by sign-in and key", async () => {
    const { user } = openApp("/chat/abc");
    await user.type(await passcode(), "open{Enter}");
    await arrives("/settings");
    await user.type(await key(), "sk-good");
    await user.click(await press("Save"));
    await arrives("/chat/abc");
    expect(screen.getByRole("heading", { name: "Chat" })).toBeTruthy();
  });

  it("keep a frame's parameters on every way", async () => {
    const { user } = openApp("/chat?embed=1&site=shop&other=1");
    await arrives("/login?embed=1&site=shop");
    await user.type(await passcode(), "open{Enter}");
    await arrives("/settings?embed=1&site=shop");
  });

  it("say that the server cannot be reached, and ask again", async () => {
    const { user } = openApp("/chat", {
      signedIn: true,
      hasKey: true,
      once: new Map([["GET /api/session", () => Promise.reject(new TypeError("lost"))]]),
    });
    const alert = await screen.findByRole("alert");
    await user.click(within(alert).getByRole("button", { name: "Try again" }));
    await screen.findByRole("heading", { name: "Chat" });
    await arrives("/chat");
  });

  it("remember over sign-in and key that the session before had ended", async () => {
    const { world, auth, user } = openApp("/chat/abc", ALL);
    await screen.findByRole("heading", { name: "Chat" });
    world.signedIn = false;
    world.hasKey = false;
    await auth.refresh();
    await user.type(await passcode(), "open{Enter}");
    await user.type(await key(), "sk-good");
    await user.click(await press("Save"));
    await arrives("/chat/abc");
    expect(await screen.findByText("ended")).toBeTruthy();
  });

  it("notice a session that has ended, say so, and lead back", async () => {
    const { world, user } = openApp("/settings", { signedIn: true, hasKey: true });
    await key();
    world.signedIn = false;
    document.dispatchEvent(new Event("visibilitychange"));
    await arrives("/login");
    expect(screen.getByText(/Your session has ended/)).toBeTruthy();
    await user.type(await passcode(), "open{Enter}");
    await arrives("/settings");
  });

  it("learn that the session was ended in another tab, and lead to a new conversation", async () => {
    const { world, user } = openApp("/chat/abc", ALL);
    await screen.findByRole("heading", { name: "Chat" });
    world.signedIn = false;
    document.dispatchEvent(new Event("visibilitychange"));
    await screen.findByText(/Your session has ended/);
    const other = new BroadcastChannel("so-auth");
    other.postMessage("signed-out");
    await screen.findByText("You were signed out in another tab.");
    other.close();
    await user.type(await passcode(), "open{Enter}");
    await arrives("/chat");
    expect(screen.queryByText("ended")).toBeNull();
  });

  it("do not follow an address from outside the app", async () => {
    openApp({ pathname: "/login", state: { from: "//evil.example/chat" } }, ALL);
    await arrives("/chat");
  });
});
