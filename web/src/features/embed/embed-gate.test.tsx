import { act, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { EmbedGate } from "./embed-gate";
import type { EmbedPhase, EmbedState, EmbedStore } from "./embed-store";

function gate(initial: Partial<EmbedState> = {}) {
  let state: EmbedState = {
    phase: { name: "open" },
    hasLostThread: false,
    isBubble: false,
    openings: 0,
    isCovering: false,
    isAutoHeight: false,
    ...initial,
  };
  const listeners = new Set<() => void>();
  const calls = {
    start: vi.fn(async () => {}),
    retry: vi.fn(async () => {}),
    close: vi.fn(),
    dismissNotice: vi.fn(),
  };
  const store = {
    ...calls,
    getState: () => state,
    getInitialState: () => state,
    subscribe: (listener: () => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  } as unknown as EmbedStore;
  render(
    <EmbedGate embed={store}>
      <textarea aria-label="Message" data-main-field="" />
    </EmbedGate>,
  );
  const set = (change: Partial<EmbedState>) =>
    act(() => {
      state = { ...state, ...change };
      for (const listener of listeners) listener();
    });
  return { ...calls, set };
}

const box = () => screen.queryByRole("textbox", { name: "Message" });

describe("the phases", () => {
  it.each<[EmbedPhase, string]>([
    [{ name: "silent" }, "The chat did not start. Reload the page."],
    [{ name: "refused" }, "This chat is not set up for this page"],
    [{ name: "failed", error: { code: "offline", message: "Offline." } }, "Offline."],
    [{ name: "failed", error: null }, "We couldn't start the chat. Try again."],
    [{ name: "not-kept" }, "Your browser does not keep this chat signed in."],
    [{ name: "signed-out" }, "You are signed out."],
  ])("%o shows its sentence, and no chat", (phase, sentence) => {
    gate({ phase });
    expect(screen.getByText(sentence, { exact: false })).toBeTruthy();
    expect(box()).toBeNull();
  });

  it("waiting shows that something comes", () => {
    gate({ phase: { name: "waiting" } });
    expect(box()).toBeNull();
    expect(screen.getByRole("main").getAttribute("aria-busy")).toBe("true");
  });

  it("open shows the chat, without taking the page's focus", () => {
    const { start } = gate();
    expect(start).toHaveBeenCalled();
    expect(document.activeElement).not.toBe(box());
  });

  it.each([
    ["failed", "Try again"],
    ["signed-out", "Start again"],
  ])("%s can be tried again", async (name, button) => {
    const { retry } = gate({ phase: { name, error: null } as EmbedPhase });
    await userEvent.click(screen.getByRole("button", { name: button }));
    expect(retry).toHaveBeenCalledOnce();
  });
});

it("a notice stands above the chat until it is dismissed", async () => {
  const { dismissNotice } = gate({ hasLostThread: true });
  expect(screen.getByRole("status").textContent).toContain("a new conversation has begun");
  expect(box()).not.toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "Dismiss" }));
  expect(dismissNotice).toHaveBeenCalledOnce();
});

describe("a bubble", () => {
  it("has a button to close it where it covers the screen, and only there", async () => {
    const { set, close } = gate({ isBubble: true });
    expect(screen.queryByRole("button", { name: "Close chat" })).toBeNull();
    set({ isCovering: true });
    await userEvent.click(screen.getByRole("button", { name: "Close chat" }));
    expect(close).toHaveBeenCalledOnce();
  });

  it("gives the message box the focus each time it is opened", () => {
    const { set } = gate({ isBubble: true });
    set({ openings: 1 });
    expect(document.activeElement).toBe(box());
    box()?.blur();
    set({ isCovering: false });
    expect(document.activeElement).not.toBe(box());
    set({ openings: 2 });
    expect(document.activeElement).toBe(box());
  });

  it("closes on Escape, unless something inside has a use for it", async () => {
    const { close } = gate({ isBubble: true });
    const dialog = document.createElement("dialog");
    dialog.setAttribute("open", "");
    document.body.append(dialog);
    await userEvent.keyboard("{Escape}");
    dialog.remove();

    const take = (event: Event) => event.preventDefault();
    document.addEventListener("keydown", take);
    await userEvent.keyboard("{Escape}");
    document.removeEventListener("keydown", take);
    expect(close).not.toHaveBeenCalled();

    await userEvent.keyboard("a{Escape}");
    expect(close).toHaveBeenCalledOnce();
  });

  it.each([
    ["isComposing", { isComposing: true }],
    ["keyCode 229", { keyCode: 229 }],
  ])("leaves Escape to an input method that composes (%s)", (_name, fields) => {
    const { close } = gate({ isBubble: true });
    const event = new KeyboardEvent("keydown", { key: "Escape", bubbles: true });
    for (const [name, value] of Object.entries(fields)) {
      Object.defineProperty(event, name, { value });
    }
    document.body.dispatchEvent(event);
    expect(close).not.toHaveBeenCalled();
  });

  it("inline, Escape is the page's", async () => {
    const { close } = gate();
    await userEvent.keyboard("{Escape}");
    expect(close).not.toHaveBeenCalled();
  });
});
