import { act, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { createRef } from "react";
import { describe, expect, it, vi } from "vitest";
import { setCatalogue } from "../../i18n/translate";
import { Composer, type ComposerProps } from "./composer";

function setUp(props: Partial<ComposerProps> = {}) {
  const onSend = vi.fn(() => true);
  const onStop = vi.fn();
  const all: ComposerProps = {
    box: createRef(),
    threadId: "t1",
    answering: false,
    returned: null,
    onSend,
    onStop,
    ...props,
  };
  const view = render(<Composer {...all} />);
  const again = (change: Partial<ComposerProps>) =>
    view.rerender(<Composer {...all} {...change} />);
  const box = () => screen.getByRole<HTMLTextAreaElement>("textbox", { name: "Message" });
  return { onSend, onStop, again, box, unmount: view.unmount };
}

describe("Composer", () => {
  it("sends on Enter, empties itself and keeps the focus", async () => {
    const { onSend, box } = setUp();
    await userEvent.type(box(), "Hello{Enter}");
    expect(onSend).toHaveBeenCalledWith("Hello");
    expect(box().value).toBe("");
    expect(document.activeElement).toBe(box());
  });

  it("breaks the line on Shift+Enter", async () => {
    const { onSend, box } = setUp();
    await userEvent.type(box(), "one{Shift>}{Enter}{/Shift}two");
    expect(onSend).not.toHaveBeenCalled();
    expect(box().value).toBe("one\ntwo");
  });

  it("leaves Enter to an input method that is composing a word", () => {
    const { onSend, box } = setUp();
    fireEvent.change(box(), { target: { value: "にほん" } });
    fireEvent.keyDown(box(), { key: "Enter", isComposing: true });
    fireEvent.keyDown(box(), { key: "Enter", keyCode: 229 });
    expect(onSend).not.toHaveBeenCalled();
  });

  it("has the focus on opening", () => {
    const { box } = setUp();
    expect(document.activeElement).toBe(box());
  });

  it("does not send blank text", async () => {
    const { onSend, box } = setUp();
    await userEvent.type(box(), "   {Enter}");
    expect(onSend).not.toHaveBeenCalled();
    expect(screen.getByRole<HTMLButtonElement>("button", { name: "Send" }).disabled).toBe(true);
  });

  it("turns Send into Stop while a run is under way, and sends nothing then", async () => {
    const { onSend, onStop, box } = setUp({ answering: true });
    expect(screen.queryByRole("button", { name: "Send" })).toBeNull();
    await userEvent.type(box(), "Next{Enter}");
    expect(onSend).not.toHaveBeenCalled();
    expect(box().value).toBe("Next");
    const stop = screen.getByRole("button", { name: "Stop" });
    await waitFor(() => expect(stop.getAttribute("aria-disabled")).toBeNull());
    await userEvent.click(stop);
    expect(onStop).toHaveBeenCalledTimes(1);
    expect(document.activeElement).toBe(box());
  });

  it("takes no click on Stop in the first half second, which was meant for Send", () => {
    vi.useFakeTimers();
    const { onStop, again } = setUp();
    again({ answering: true });
    const stop = screen.getByRole("button", { name: "Stop" });
    act(() => vi.advanceTimersByTime(499));
    fireEvent.click(stop);
    expect(onStop).not.toHaveBeenCalled();
    act(() => vi.advanceTimersByTime(1));
    fireEvent.click(stop);
    expect(onStop).toHaveBeenCalledTimes(1);
    vi.useRealTimers();
  });

  it.each([
    ["zero-width spaces", "\u200b\u200b"],
    ["a word joiner and a variation selector", "\u2060\ufe0f"],
    ["Hangul fillers", "\u3164\u115f"],
    ["a blank Braille pattern", "\u2800"],
    ["controls and tags", "\u0007\u{e0041}"],
  ])("refuses %s, which nobody can see", (_, text) => {
    const { onSend, box } = setUp();
    fireEvent.change(box(), { target: { value: text } });
    fireEvent.keyDown(box(), { key: "Enter" });
    expect(onSend).not.toHaveBeenCalled();
    expect(screen.getByRole<HTMLButtonElement>("button", { name: "Send" }).disabled).toBe(true);
  });

  it("keeps the text when it could not be sent", async () => {
    const { box } = setUp({ onSend: () => false });
    await userEvent.type(box(), "Hello{Enter}");
    expect(box().value).toBe("Hello");
  });

  it("refuses more than 32 KiB with a sentence, counted in bytes", () => {
    const { box } = setUp();
    fireEvent.change(box(), { target: { value: "€".repeat(10_922) } });
    expect(screen.queryByRole("alert")).toBeNull();
    fireEvent.change(box(), { target: { value: "€".repeat(10_923) } });
    expect(screen.getByRole("alert").textContent).toContain("32 KiB at most");
    expect(screen.getByRole<HTMLButtonElement>("button", { name: "Send" }).disabled).toBe(true);
  });

  it("writes the size of a long message as the language does", async () => {
    setCatalogue({}, "de");
    const { box } = setUp();
    fireEvent.change(box(), { target: { value: "x".repeat(40_000) } });
    expect(screen.getByRole("alert").textContent).toContain("this is 39,1 KiB");
    setCatalogue({});
  });

  it("keeps a draft per thread over a reload", async () => {
    const first = setUp();
    await userEvent.type(first.box(), "not yet");
    first.again({ threadId: "t2" });
    expect(first.box().value).toBe("");
    first.unmount();
    expect(setUp().box().value).toBe("not yet");
  });

  it("forgets the draft of a sent message", async () => {
    const first = setUp();
    await userEvent.type(first.box(), "Hello{Enter}");
    first.unmount();
    expect(setUp().box().value).toBe("");
  });

  it("keeps what was typed when a new conversation gets its name", async () => {
    const { box, again } = setUp({ threadId: null });
    again({ threadId: null, answering: true });
    await userEvent.type(box(), "And then");
    again({ threadId: "t9", answering: true });
    expect(box().value).toBe("And then");
  });

  it("takes a refused text back once", async () => {
    const { box, again } = setUp();
    again({ returned: { text: "Hello", key: "k1" } });
    expect(box().value).toBe("Hello");
    await userEvent.clear(box());
    again({ returned: { text: "Hello", key: "k1" } });
    expect(box().value).toBe("");
  });
});
