// A bubble: its frame, its focus, the page behind it, and the next page of the site.
import { describe, expect, it, vi } from "vitest";
import { frameIn, loadFrame, mount, ORIGIN, shadowIn } from "./test-widget";

describe("bubble", () => {
  const button = () =>
    shadowIn(document.documentElement).querySelector("button") as HTMLButtonElement;
  const panel = () => shadowIn(document.documentElement).querySelector(".bubble") as HTMLElement;

  it("makes its frame at the first opening and keeps it", () => {
    const handle = mount({ mode: "bubble" }, null);
    expect(panel().querySelector("iframe")).toBeNull();
    button().click();
    const frame = frameIn(document.documentElement);
    expect(handle.getState().open).toBe(true);
    expect(button().getAttribute("aria-label")).toBe("Close chat");
    expect(button().getAttribute("aria-expanded")).toBe("true");
    button().click();
    expect(panel().hidden).toBe(true);
    expect(button().getAttribute("aria-label")).toBe("Open chat");
    expect(frameIn(document.documentElement)).toBe(frame);
  });

  it("preconnects once when the pointer is over it", () => {
    mount({ mode: "bubble" }, null);
    button().dispatchEvent(new Event("pointerenter"));
    button().dispatchEvent(new Event("pointerenter"));
    const hints = document.querySelectorAll<HTMLLinkElement>('link[rel="preconnect"]');
    expect(hints).toHaveLength(1);
    expect(hints[0]?.href).toContain(ORIGIN);
  });

  it("closes when the frame says so, and leaves the focus elsewhere where it was", async () => {
    const handle = mount({ mode: "bubble" }, null);
    handle.open();
    const { port } = loadFrame(document.documentElement);
    const elsewhere = document.querySelector("#elsewhere") as HTMLElement;
    elsewhere.focus();
    port.postMessage({ type: "close" });
    await vi.waitFor(() => expect(handle.getState().open).toBe(false));
    expect(document.activeElement).toBe(elsewhere);
  });

  it("removes everything on destroy", () => {
    const before = document.documentElement.outerHTML;
    const handle = mount({ mode: "bubble" }, null);
    button().dispatchEvent(new Event("pointerenter"));
    handle.open();
    handle.destroy();
    expect(document.documentElement.outerHTML).toBe(before);
    handle.destroy();
    mount({ mode: "bubble" }, null);
    expect(button()).not.toBeNull();
  });
});

describe("the page behind", () => {
  it("does not scroll while a bubble covers the screen", () => {
    const query = { matches: true, onchange: null as (() => void) | null };
    vi.stubGlobal("matchMedia", () => query);
    const { style } = document.documentElement;
    style.overflow = "scroll";
    const handle = mount({ mode: "bubble" }, null);
    handle.open();
    expect(style.overflow).toBe("hidden");
    query.matches = false;
    query.onchange?.();
    expect(style.overflow).toBe("scroll");
    query.matches = true;
    query.onchange?.();
    handle.destroy();
    expect(style.overflow).toBe("scroll");
    style.overflow = "";
    vi.unstubAllGlobals();
  });
});

describe("another page of the site", () => {
  it("finds the bubble open that was left open, without taking the focus", async () => {
    const earlier = mount({ mode: "bubble", siteId: "shop" }, null);
    earlier.open();
    earlier.destroy();
    const elsewhere = document.querySelector("#elsewhere") as HTMLElement;
    elsewhere.focus();
    const handle = mount({ mode: "bubble", siteId: "shop" }, null);
    expect(handle.getState().open).toBe(true);
    expect(document.activeElement).toBe(elsewhere);
    const { port, heard } = loadFrame(document.documentElement);
    port.postMessage({ type: "ready" });
    await vi.waitFor(() =>
      expect(heard).toContainEqual({ type: "layout", open: true, covering: false, focus: false }),
    );
  });

  it("finds it closed after an hour, after closing, and on another site", () => {
    const isOpen = (siteId: string) => {
      const shown = mount({ mode: "bubble", siteId }, null);
      const { open } = shown.getState();
      shown.destroy();
      return open;
    };
    const handle = mount({ mode: "bubble", siteId: "shop" }, null);
    handle.open();
    handle.destroy();
    expect([isOpen("shop"), isOpen("blog")]).toEqual([true, false]);
    const now = Date.now();
    const clock = vi.spyOn(Date, "now").mockReturnValue(now + 3_600_001);
    expect(isOpen("shop")).toBe(false);
    clock.mockRestore();
    const again = mount({ mode: "bubble", siteId: "shop" }, null);
    again.close();
    again.destroy();
    expect(isOpen("shop")).toBe(false);
  });

  it("opens a conversation that the page names", async () => {
    const handle = mount({ threadId: "t1" });
    const { init, port, heard } = loadFrame();
    expect(init.threadId).toBe("t1");
    handle.openThread("t2");
    port.postMessage({ type: "ready" });
    await vi.waitFor(() => expect(heard).toContainEqual({ type: "openThread", threadId: "t2" }));
  });
});

describe("unread answers", () => {
  it("mark the button, and are in the state", async () => {
    const handle = mount({ mode: "bubble" }, null);
    const heard = vi.fn();
    handle.on("unread", heard);
    handle.open();
    handle.close();
    const { port } = loadFrame(document.documentElement);
    const say = (unread: number) =>
      port.postMessage({ type: "event", name: "unread", detail: { unread }, state: { unread } });
    const button = shadowIn(document.documentElement).querySelector("button") as HTMLElement;
    say(2);
    await vi.waitFor(() => expect(heard).toHaveBeenCalledWith({ unread: 2 }));
    expect(handle.getState().unread).toBe(2);
    expect(button.getAttribute("aria-label")).toBe("Open chat");
    expect(button.getAttribute("aria-description")).toBe("Unread answers: 2");
    say(0);
    await vi.waitFor(() => expect(button.getAttribute("aria-description")).toBe(""));
  });
});
