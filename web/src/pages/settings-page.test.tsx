import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { arrives, key, openApp, passcode, press, problem } from "../test-app";

vi.mock("../chat-route", () => ({ ChatRoute: () => <h1>Chat</h1> }));

const NEW = { signedIn: true };
const ALL = { signedIn: true, hasKey: true };
const model = () => screen.findByRole("combobox", { name: "Model" });

describe("the key", () => {
  it("is asked for in a field that is never filled", async () => {
    openApp("/settings", ALL);
    const field = await key();
    expect(field.getAttribute("type")).toBe("password");
    expect(field.getAttribute("autocomplete")).toBe("off");
    expect(document.title).toBe("Settings · SmoothOperator");
    expect((field as HTMLInputElement).value).toBe("");
    expect(screen.getByText("A key is saved")).toBeTruthy();
  });

  it("is sent without blanks and invisible characters, and nothing else with it", async () => {
    const { user, world } = openApp("/settings", NEW);
    await user.click(await key());
    await user.paste(" \u00a0\ufeffsk-\u200bgood\u2060 \u200e");
    await user.click(await press("Save"));
    await arrives("/chat");
    const saved = world.sent.find(({ call }) => call === "POST /api/settings");
    expect(saved?.body).toEqual({ api_key: "sk-good" });
  });

  it.each([
    ["api_key_rejected", 422, "The provider refuses this key.", false],
    ["provider_unavailable", 502, "The provider is away.", true],
  ])("stays in the field when the answer is %s", async (code, status, detail, again) => {
    const { user } = openApp("/settings", {
      ...NEW,
      once: new Map([["POST /api/settings", () => problem(status, code, detail)]]),
    });
    await user.type(await key(), "sk-x");
    await user.click(await press("Save"));
    const alert = await screen.findByRole("alert");
    expect(alert.textContent).toContain(detail);
    expect(((await key()) as HTMLInputElement).value).toBe("sk-x");
    const retry = within(alert).queryByRole("button", { name: "Try again" });
    expect(retry !== null).toBe(again);
    if (retry) {
      await user.click(retry);
      await arrives("/chat");
    }
  });

  it.each([
    ["nothing", " ", "Enter the key your model provider gave you."],
    ["a sentence", "my key is", "This does not look like a key"],
  ])("is not sent when it is %s", async (_what, text, sentence) => {
    const { user, world } = openApp("/settings", NEW);
    await user.type(await key(), text);
    await user.click(await press("Save"));
    expect(await screen.findByText(sentence, { exact: false })).toBeTruthy();
    expect(world.sent.map(({ call }) => call)).not.toContain("POST /api/settings");
  });

  it("can be forgotten", async () => {
    const { user, world } = openApp("/settings", ALL);
    await user.click(await press("Forget key"));
    const dialog = within(await screen.findByRole("dialog", { name: "Forget the API key?" }));
    expect(world.hasKey).toBe(true);
    await user.click(dialog.getByRole("button", { name: "Forget key" }));
    await screen.findByText("The key is forgotten.");
    expect(world.hasKey).toBe(false);
    expect(screen.queryByText("A key is saved")).toBeNull();
    expect(screen.queryByRole("link", { name: "Back to chat" })).toBeNull();
  });

  it("is not shown where the site provides it", async () => {
    openApp("/settings", { ...ALL, keySource: "site" });
    await screen.findByRole("combobox", { name: "Theme" });
    expect(screen.queryByLabelText("API key")).toBeNull();
    expect(screen.queryByRole("combobox", { name: "Model" })).toBeNull();
    expect(screen.getByRole("link", { name: "Back to chat" })).toBeTruthy();
  });
});

describe("the model", () => {
  it("is chosen from what the provider offers, asked for when it is wanted", async () => {
    const { user, world } = openApp("/settings", ALL);
    const field = await model();
    const asked = () => world.sent.filter(({ call }) => call === "GET /api/models").length;
    expect(asked()).toBe(0);
    await user.click(field);
    await screen.findByRole("option", { name: "large-2" });
    expect(asked()).toBe(1);
    await user.keyboard("{ArrowDown}{ArrowDown}{Enter}");
    expect((field as HTMLInputElement).value).toBe("large-2");
    await user.click(await press("Save"));
    await screen.findByText("The model is saved.");
    expect(world.model).toBe("large-2");
    expect(at("POST /api/settings", world.sent)).toEqual({ model: "large-2" });
  });

  it("has its text selected on opening, so that typing replaces it", async () => {
    const { user } = openApp("/settings", ALL);
    const field = (await model()) as HTMLInputElement;
    await user.click(field);
    expect([field.selectionStart, field.selectionEnd]).toEqual([0, "small-1".length]);
  });

  it("is marked where it retires", async () => {
    const { user } = openApp("/settings", ALL);
    await user.click(await model());
    const option = await screen.findByRole("option", { name: /small-1/ });
    expect(option.textContent).toContain("Retires on Jan 14, 2027");
    expect(screen.getByRole("option", { name: "large-2" })).toBeTruthy();
  });

  it("is said to be unknown when the provider does not list it", async () => {
    const { user } = openApp("/settings", ALL);
    const field = await model();
    await user.click(field);
    await screen.findByRole("option", { name: "large-2" });
    await user.keyboard("huge-9");
    expect(screen.getByText("The provider does not list this model.")).toBeTruthy();
    await user.clear(field);
    await user.type(field, "large-2");
    expect(screen.queryByText("The provider does not list this model.")).toBeNull();
  });

  it("is named where the server chose another than the default", async () => {
    const { user, world } = openApp("/settings", { ...NEW, chosen: "other-3" });
    await user.type(await key(), "sk-good");
    await user.click(await press("Save"));
    await arrives("/chat");
    expect(world.model).toBe("other-3");
    const notice = "The provider does not offer small-1, so other-3 was chosen.";
    const shown = () => screen.queryAllByText(notice, { selector: "p" });
    await waitFor(() => expect(shown()).toHaveLength(1));
    await user.click(await press("Dismiss"));
    expect(shown()).toHaveLength(0);
  });

  it("may be any other", async () => {
    const { user, world } = openApp("/settings", ALL);
    const field = await model();
    await user.clear(field);
    await user.type(field, "my-own:7b");
    await user.click(await press("Save"));
    await screen.findByText("The model is saved.");
    expect(world.model).toBe("my-own:7b");
  });

  it("can be typed when the list cannot be had", async () => {
    const { user } = openApp("/settings", {
      ...ALL,
      once: new Map([["GET /api/models", () => problem(502, "provider_unavailable", "Away.")]]),
    });
    await user.click(await model());
    expect(await screen.findByText("Away. You can type a name.")).toBeTruthy();
  });

  function at(call: string, sent: { call: string; body: unknown }[]): unknown {
    return sent.find((one) => one.call === call)?.body;
  }
});

describe("the theme", () => {
  it("is shown at once and is all that is kept for good", async () => {
    const { user } = openApp("/settings", ALL);
    const field = await screen.findByRole("combobox", { name: "Theme" });
    await user.selectOptions(field, "Dark");
    expect(document.activeElement).toBe(field);
    expect(document.documentElement.dataset.theme).toBe("dark");
    expect({ ...localStorage }).toEqual({ "so.theme": "dark" });
    await user.selectOptions(field, "System");
    expect(document.documentElement.dataset.theme).toBeUndefined();
  });
});

describe("the language", () => {
  it("is the browser's, or one that the visitor chooses", async () => {
    const { user } = openApp("/settings", ALL);
    const field = await screen.findByRole("combobox", { name: "Language" });
    await user.selectOptions(field, "English");
    expect({ ...localStorage }).toEqual({ "so.language": "en" });
    expect(document.activeElement).toBe(field);
    await user.selectOptions(field, "Same as the browser");
    expect(localStorage.length).toBe(0);
  });
});

describe("the visitor's data", () => {
  it("is saved as a file", async () => {
    const saved = vi.spyOn(URL, "createObjectURL").mockReturnValue("blob:x");
    const { user, world } = openApp("/settings", ALL);
    await user.click(await press("Download my data"));
    await waitFor(() => expect(saved).toHaveBeenCalledTimes(1));
    const [[content] = []] = saved.mock.calls;
    expect(await (content as Blob).text()).toContain("threads");
    expect(world.sent.map(({ call }) => call)).toContain("GET /api/me/export");
  });

  it("says why it could not be had", async () => {
    const { user } = openApp("/settings", {
      ...ALL,
      once: new Map([["GET /api/me/export", () => problem(429, "rate_limited", "Wait.")]]),
    });
    await user.click(await press("Download my data"));
    expect((await screen.findByRole("alert")).textContent).toContain("Wait.");
  });

  it("is deleted after a question, and the session ends with it", async () => {
    const { user, world } = openApp("/settings", ALL);
    await user.click(await press("Delete my data"));
    const dialog = within(await screen.findByRole("dialog", { name: "Delete all your data?" }));
    expect(dialog.getByText(/permanently deleted/)).toBeTruthy();
    expect(world.signedIn).toBe(true);
    await user.click(dialog.getByRole("button", { name: "Delete my data" }));
    await arrives("/login");
    expect(world.sent.map(({ call }) => call)).toContain("DELETE /api/me");
  });
});

describe("tokens for MCP clients", () => {
  it("are shown once, with how to connect, listed and revoked", async () => {
    const { user, world } = openApp("/settings", ALL);
    await user.click(await press("Create token"));
    const field = (await screen.findByLabelText("Token")) as HTMLInputElement;
    expect(field.value).toBe("secret-token");
    const config = screen.getByRole("group", { name: "Client configuration" });
    expect(JSON.parse(config.textContent ?? "")).toEqual({
      mcpServers: {
        "smooth-operator": {
          type: "http",
          url: "https://chat.example/mcp",
          headers: { Authorization: "Bearer secret-token" },
        },
      },
    });
    await user.click(await screen.findByRole("button", { name: /^Revoke token/ }));
    const dialog = within(await screen.findByRole("dialog", { name: "Revoke this token?" }));
    expect(world.tokens).toHaveLength(1);
    await user.click(dialog.getByRole("button", { name: "Revoke" }));
    await waitFor(() => expect(screen.queryByRole("button", { name: /^Revoke/ })).toBeNull());
    expect(screen.queryByLabelText("Token")).toBeNull();
    expect(world.tokens).toEqual([]);
  });

  it("say why there can be no more", async () => {
    const { user } = openApp("/settings", {
      ...ALL,
      once: new Map([["POST /api/mcp-tokens", () => problem(409, "limit_reached", "Too many.")]]),
    });
    await user.click(await press("Create token"));
    expect((await screen.findByRole("alert")).textContent).toContain("Too many.");
  });
});

describe("signing out", () => {
  it("says what goes with it, and forgets where one was", async () => {
    const { user, world } = openApp("/settings", ALL);
    await user.click(await press("Sign out"));
    const dialog = within(await screen.findByRole("dialog", { name: "Sign out?" }));
    expect(dialog.getByText(/deletes your conversations and notes/)).toBeTruthy();
    await user.click(dialog.getByRole("button", { name: "Cancel" }));
    expect(world.signedIn).toBe(true);
    await user.click(await press("Sign out"));
    await user.click(
      within(await screen.findByRole("dialog")).getByRole("button", { name: "Sign out" }),
    );
    await arrives("/login");
    expect(world.signedIn).toBe(false);
    await user.type(await passcode(), "open{Enter}");
    await arrives("/chat");
  });

  it("stays when the server cannot be told", async () => {
    const { user } = openApp("/settings", {
      ...ALL,
      once: new Map([["POST /api/logout", () => Promise.reject(new TypeError("lost"))]]),
    });
    await user.click(await press("Sign out"));
    await user.click(
      within(await screen.findByRole("dialog")).getByRole("button", { name: "Sign out" }),
    );
    expect((await screen.findByRole("alert")).textContent).toContain("cannot be reached");
    await arrives("/settings");
  });
});
