// The widget on a host page: its nodes, its messages to the frame, and its complete removal by
// destroy().
import { describe, expect, it, vi } from "vitest";
import type { WidgetOptions } from "../protocol/widget-api";
import { chat, frameIn, loadFrame, mount, ORIGIN, shadowIn } from "./test-widget";
import { mountWidget } from "./widget";

describe("mount", () => {
  it("names a target that does not exist", () => {
    expect(() => mountWidget(ORIGIN, "#nowhere")).toThrow('no element "#nowhere"');
    expect(() => mountWidget(ORIGIN, undefined)).toThrow("no element");
  });

  it("frames the script's own origin, sandboxed and with a title", () => {
    mount({ siteId: "a b&c", title: "Help" });
    const frame = frameIn(chat());
    expect(frame.src).toBe(`${ORIGIN}/chat?embed=1&loader=1&site=a%20b%26c`);
    expect(frame.title).toBe("Help");
    expect(frame.allow).toBe("clipboard-write");
    expect(frame.getAttribute("referrerpolicy") ?? frame.referrerPolicy).toBe("strict-origin");
    expect(frame.getAttribute("sandbox")).toBe(
      "allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox allow-downloads",
    );
  });

  it("never puts what the host page was given into the address", () => {
    mount({ apiUrl: "https://api.example", title: "Secret plans", greeting: "Hello" });
    expect(frameIn(chat()).src).toBe(`${ORIGIN}/chat?embed=1&loader=1`);
  });

  it("replaces the first widget of an element by the second", async () => {
    const first = mount();
    const rejected = expect(first.ready).rejects.toThrow("Destroyed");
    const second = mount();
    await rejected;
    expect(chat().children).toHaveLength(1);
    first.destroy();
    expect(chat().children).toHaveLength(1);
    second.destroy();
    expect(chat().children).toHaveLength(0);
  });

  it("mounts any number of widgets", () => {
    mount();
    mount({ mode: "bubble" }, null);
    expect(chat().children).toHaveLength(1);
    expect(shadowIn(document.documentElement).querySelector("button")).not.toBeNull();
  });
});

describe("handshake", () => {
  it("posts the known options to the exact origin", () => {
    mount({
      theme: "dark",
      accent: "#ff0000",
      starters: ["One"],
      height: "auto",
      getClientSecret: () => "secret",
    });
    const { init, origin } = loadFrame();
    expect(origin).toBe(ORIGIN);
    expect(init).toEqual({
      so: 1,
      type: "init",
      theme: "dark",
      accent: "#ff0000",
      starters: ["One"],
      show: {},
      height: "auto",
      getClientSecret: true,
      page: performance.timeOrigin,
    });
  });

  it("keeps commands until the frame is ready, then sends them in order", async () => {
    const handle = mount();
    handle.send("Hello");
    handle.stop();
    const { port, heard } = loadFrame();
    handle.newThread();
    port.postMessage({ type: "ready" });
    await handle.ready;
    await vi.waitFor(() =>
      expect(heard).toEqual([
        { type: "send", text: "Hello" },
        { type: "stop" },
        { type: "newThread" },
        { type: "layout", open: true, covering: false, focus: false },
      ]),
    );
  });

  it("keeps a theme that is set between the handshake and the answer", async () => {
    const handle = mount();
    const { init, port, heard } = loadFrame();
    expect(init.theme).toBeUndefined();
    handle.setTheme("dark");
    port.postMessage({ type: "ready" });
    await vi.waitFor(() => expect(heard).toContainEqual({ type: "theme", theme: "dark" }));
  });

  it("repeats the handshake for a reloaded frame, with the current theme", async () => {
    const handle = mount({ theme: "light" });
    const first = loadFrame();
    first.port.postMessage({ type: "ready" });
    await handle.ready;
    handle.setTheme("dark");
    await vi.waitFor(() => expect(first.heard).toContainEqual({ type: "theme", theme: "dark" }));
    expect(loadFrame().init.theme).toBe("dark");
  });

  it("rejects `ready` with the reason when nothing answers within 10 s", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const handle = mount();
    const errors: object[] = [];
    handle.on("error", (detail) => errors.push(detail));
    const rejected = expect(handle.ready).rejects.toThrow("frame-ancestors");
    await vi.advanceTimersByTimeAsync(9_999);
    expect(errors).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    await rejected;
    expect(errors).toMatchObject([{ code: "no_answer" }]);
  });

  it("rejects `ready` with the reason of a frame that refuses", async () => {
    const handle = mount();
    const { port } = loadFrame();
    port.postMessage({ type: "error", code: "refused", message: "Not here.", fatal: true });
    await expect(handle.ready).rejects.toThrow("Not here.");
    expect(handle.getState().ready).toBe(false);
  });
});

describe("events", () => {
  it("are emitted, change the state, and can be unsubscribed", async () => {
    const handle = mount();
    const heard = vi.fn();
    const off = handle.on("agent", heard);
    const { port } = loadFrame();
    const say = (agent: string) =>
      port.postMessage({ type: "event", name: "agent", detail: { agent }, state: { agent } });
    say("archivist");
    await vi.waitFor(() => expect(heard).toHaveBeenCalledWith({ agent: "archivist" }));
    expect(handle.getState().agent).toBe("archivist");
    off();
    say("concierge");
    await vi.waitFor(() => expect(handle.getState().agent).toBe("concierge"));
    expect(heard).toHaveBeenCalledTimes(1);
  });

  it("fall silent when the widget is destroyed", () => {
    const handle = mount({ mode: "bubble" }, null);
    const heard = vi.fn();
    handle.on("open", heard);
    handle.destroy();
    handle.open();
    expect(heard).not.toHaveBeenCalled();
  });
});

describe("client secret", () => {
  async function ask(getClientSecret: WidgetOptions["getClientSecret"]) {
    const handle = mount({ getClientSecret });
    const { port, heard } = loadFrame();
    port.postMessage({ type: "ready" });
    await handle.ready;
    port.postMessage({ type: "secret", id: 7 });
    await vi.waitFor(() => expect(heard).toContainEqual(expect.objectContaining({ id: 7 })));
    return { answer: heard.find((message) => "id" in message) };
  }

  it("is requested from the host when the frame asks", async () => {
    const { answer } = await ask(async () => "cs_123");
    expect(answer).toEqual({ type: "secret", id: 7, secret: "cs_123" });
  });

  it("reports the reason when the host throws", async () => {
    const { answer } = await ask(() => Promise.reject(new Error("503")));
    expect(answer).toEqual({ type: "secret", id: 7, reason: "Error: 503" });
  });
});

describe("size", () => {
  it("is what the frame asks for in auto", async () => {
    const handle = mount({ height: "auto" });
    const heard = vi.fn();
    handle.on("resize", heard);
    const { port } = loadFrame();
    port.postMessage({ type: "resize", height: 500 });
    await vi.waitFor(() => expect(heard).toHaveBeenCalledWith({ height: 500 }));
    const { style } = chat().lastElementChild as HTMLElement;
    expect(style.getPropertyValue("--h")).toBe("500px");
  });

  it("is the host's otherwise", async () => {
    const handle = mount({ height: 480, width: "30rem" });
    const { port } = loadFrame();
    port.postMessage({ type: "ready" });
    await handle.ready;
    const { style } = chat().lastElementChild as HTMLElement;
    const lengths = ["--w", "--h"].map((name) => style.getPropertyValue(name));
    expect(lengths).toEqual(["30rem", "480px"]);
  });
});

describe("errors", () => {
  it("are told on the console and as an event", async () => {
    const handle = mount();
    const heard = vi.fn();
    handle.on("error", heard);
    const { port } = loadFrame();
    port.postMessage({ type: "error", code: "page_offer", message: "too much", fatal: false });
    await vi.waitFor(() =>
      expect(heard).toHaveBeenCalledWith({ code: "page_offer", message: "too much" }),
    );
    expect(console.warn).toHaveBeenCalledWith("SmoothOperator:", "page_offer", "too much");
  });
});
