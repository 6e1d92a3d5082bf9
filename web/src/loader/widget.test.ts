// The widget on a host page: its nodes, its messages to the frame, and its complete removal by
// destroy(). The tests act as the frame's document.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { WidgetHandle, WidgetOptions } from "../protocol/widget-api";
import type { InitMessage, LoaderMessage } from "../protocol/widget-messages";
import { optionsOf } from "./options";
import { keepMounted, mountWidget } from "./widget";

const ORIGIN = "https://chat.example";
let handles: WidgetHandle[] = [];

beforeEach(() => {
  // happy-dom reports here that it cannot load frames.
  const write = process.stderr.write.bind(process.stderr);
  vi.spyOn(process.stderr, "write").mockImplementation((chunk) =>
    String(chunk).includes("Failed to load iframe page") ? true : write(chunk),
  );
  // Errors also go to the console.
  vi.spyOn(console, "warn").mockImplementation(() => {});
  sessionStorage.clear();
  document.body.innerHTML = '<main id="chat"></main><button id="elsewhere">Elsewhere</button>';
});

afterEach(() => {
  for (const handle of handles) handle.destroy();
  handles = [];
  vi.useRealTimers();
});

function mount(options: WidgetOptions = {}, target: string | Element | null = "#chat") {
  const handle = mountWidget(ORIGIN, target, options);
  handles.push(handle);
  return handle;
}

function shadowIn(place: Element): ShadowRoot {
  const root = place.lastElementChild?.shadowRoot;
  if (!root) throw new Error("nothing is mounted");
  return root;
}

function frameIn(place: Element): HTMLIFrameElement {
  const frame = shadowIn(place).querySelector("iframe");
  if (!frame) throw new Error("there is no frame");
  return frame;
}

const chat = () => document.querySelector("#chat") as Element;

/** Acts as the frame: accepts the handshake as a loaded document would. */
function loadFrame(place = chat()) {
  const frame = frameIn(place);
  const post = vi.fn<(data: InitMessage, origin: string, ports: MessagePort[]) => void>();
  Object.defineProperty(frame, "contentWindow", {
    configurable: true,
    value: { postMessage: post },
  });
  frame.dispatchEvent(new Event("load"));
  const [init, origin, ports] = post.mock.lastCall ?? [];
  const port = ports?.[0];
  if (!init || !port) throw new Error("no handshake");
  const heard: LoaderMessage[] = [];
  port.onmessage = (event) => heard.push(event.data);
  return { init, origin, port, heard };
}

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

describe("other people's pages", () => {
  it("starters survive a library that changes how arrays become JSON", () => {
    Object.assign(Array.prototype, { toJSON: () => "[]" });
    mount({ starters: ["A", "B"] });
    const { init } = loadFrame();
    Reflect.deleteProperty(Array.prototype, "toJSON");
    expect(init.starters).toEqual(["A", "B"]);
  });

  it("what a page adds to Object.prototype is not an option", () => {
    Object.assign(Object.prototype, { mode: "bubble", siteId: "noise", starters: ["noise"] });
    try {
      mount({});
      const { init } = loadFrame();
      expect(frameIn(chat()).src).not.toContain("noise");
      expect(init.starters).toEqual([]);
      expect(optionsOf(document.createElement("script").dataset)).toBeNull();
    } finally {
      for (const name of ["mode", "siteId", "starters"]) {
        Reflect.deleteProperty(Object.prototype, name);
      }
    }
  });

  it("reactive options, as proxies, do not stop the handshake", () => {
    mount(
      new Proxy({ starters: new Proxy(["One"], {}), show: new Proxy({ notes: false }, {}) }, {}),
    );
    expect(loadFrame().init).toMatchObject({ starters: ["One"], show: { notes: false } });
  });

  it("destroys a widget whose node is gone, and can be mounted again", async () => {
    const handle = mount();
    const rejected = expect(handle.ready).rejects.toThrow("Destroyed");
    chat().replaceWith(Object.assign(document.createElement("main"), { id: "chat" }));
    await rejected;
    mount();
    expect(chat().children).toHaveLength(1);
  });

  it("keeps a widget whose target is moved", async () => {
    const handle = mount();
    document.body.append(chat());
    await Promise.resolve();
    await Promise.resolve();
    handle.close();
    expect(handle.getState().open).toBe(false);
  });

  it("a widget of attributes comes back once when the page swaps its body", async () => {
    keepMounted(ORIGIN, "#chat", {});
    const swap = () => {
      const body = document.createElement("body");
      body.innerHTML = '<main id="chat"></main>';
      document.body.replaceWith(body);
    };
    swap();
    await vi.waitFor(() => expect(chat().children).toHaveLength(1));
    swap();
    await vi.waitFor(() => expect(chat().children).toHaveLength(1));
    mount().destroy();
    chat().remove();
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
    mount({ mode: "bubble", siteId: "shop" }, null).open();
    handles.pop()?.destroy();
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
      const { open } = mount({ mode: "bubble", siteId }, null).getState();
      handles.pop()?.destroy();
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
