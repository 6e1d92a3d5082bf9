// The widget on a host page: what it puts there, what it says to the frame, and that it leaves
// nothing behind. The frame's document is played by the test.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { InitMessage, LoaderMessage } from "../protocol/widget-messages";
import { optionsOf, type WidgetOptions } from "./options";
import { mountWidget, type WidgetHandle } from "./widget";

const ORIGIN = "https://chat.example";
let handles: WidgetHandle[] = [];

beforeEach(() => {
  // happy-dom says there that it has no network to load frames from: the tests play them.
  const write = process.stderr.write.bind(process.stderr);
  vi.spyOn(process.stderr, "write").mockImplementation((chunk) =>
    String(chunk).includes("Failed to load iframe page") ? true : write(chunk),
  );
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

/** Plays the frame: takes the handshake as a document that has loaded would. */
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
    expect(frame.src).toBe(`${ORIGIN}/chat?embed=1&loader=1&site=a+b%26c`);
    expect(frame.title).toBe("Help");
    expect(frame.allow).toBe("clipboard-write");
    expect(frame.getAttribute("referrerpolicy") ?? frame.referrerPolicy).toBe("strict-origin");
    expect(frame.getAttribute("sandbox")).toBe(
      "allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox",
    );
  });

  it("never puts what the host page was given into the address", () => {
    mount({ apiUrl: "https://api.example", title: "Secret plans", greeting: "Hello" });
    expect(frameIn(chat()).src).toBe(`${ORIGIN}/chat?embed=1&loader=1`);
  });

  it("replaces the first widget of an element by the second", async () => {
    const first = mount();
    const rejected = expect(first.ready).rejects.toThrow("destroyed");
    const second = mount();
    await rejected;
    expect(chat().children).toHaveLength(1);
    first.destroy();
    expect(chat().children).toHaveLength(1);
    second.destroy();
    expect(chat().children).toHaveLength(0);
  });

  it("takes any number of widgets", () => {
    mount();
    mount({ mode: "bubble" }, null);
    expect(chat().children).toHaveLength(1);
    expect(shadowIn(document.body).querySelector("button")).not.toBeNull();
  });
});

describe("handshake", () => {
  it("greets the exact origin with the options, and with nothing that is none", () => {
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
      height: "auto",
      hasClientSecret: true,
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
        { type: "layout", open: true, covering: false },
      ]),
    );
  });

  it("does not lose a theme that is set between the greeting and the answer", async () => {
    const handle = mount();
    const { init, port, heard } = loadFrame();
    expect(init.theme).toBeUndefined();
    handle.setTheme("dark");
    port.postMessage({ type: "ready" });
    await vi.waitFor(() => expect(heard).toContainEqual({ type: "theme", theme: "dark" }));
  });

  it("greets a frame that was reloaded, with the theme of now", async () => {
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
    port.postMessage({ type: "refused", reason: "Not here." });
    await expect(handle.ready).rejects.toThrow("Not here.");
    expect(handle.getState().ready).toBe(false);
  });
});

describe("events", () => {
  it("are passed on, change the state, and can be unsubscribed", async () => {
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
    const errors: object[] = [];
    handle.on("error", (detail) => errors.push(detail));
    const { port, heard } = loadFrame();
    port.postMessage({ type: "ready" });
    await handle.ready;
    port.postMessage({ type: "secretRequest", id: 7 });
    await vi.waitFor(() => expect(heard).toContainEqual(expect.objectContaining({ id: 7 })));
    return { errors, answer: heard.find((message) => "id" in message) };
  }

  it("is fetched from the host when the frame asks", async () => {
    const { answer, errors } = await ask(async () => "cs_123");
    expect(answer).toEqual({ type: "secret", id: 7, secret: "cs_123" });
    expect(errors).toEqual([]);
  });

  it.each([
    ["throws", () => Promise.reject(new Error("503"))],
    ["gives nothing", () => ""],
    ["gives no string", () => ({ client_secret: "x" }) as unknown as string],
  ])("that %s is an error", async (_name, getClientSecret) => {
    const { answer, errors } = await ask(getClientSecret);
    expect(answer).toEqual({ type: "secretFailed", id: 7 });
    expect(errors).toMatchObject([{ code: "client_secret_failed" }]);
  });
});

describe("size", () => {
  it.each([
    [10, "160px"],
    [500, "500px"],
    [5_000, "800px"],
  ])("follows a content of %i px to %s in auto", async (height, expected) => {
    const handle = mount({ height: "auto" });
    const heard = vi.fn();
    handle.on("resize", heard);
    const { port } = loadFrame();
    port.postMessage({ type: "resize", height });
    await vi.waitFor(() => expect(heard).toHaveBeenCalledOnce());
    expect((chat().lastElementChild as HTMLElement).style.height).toBe(expected);
  });

  it("is the host's otherwise", async () => {
    const handle = mount({ height: 480, width: "30rem" });
    const { port } = loadFrame();
    port.postMessage({ type: "resize", height: 300 });
    port.postMessage({ type: "ready" });
    await handle.ready;
    const { style } = chat().lastElementChild as HTMLElement;
    expect([style.width, style.height]).toEqual(["30rem", "480px"]);
  });
});

describe("bubble", () => {
  const button = () => shadowIn(document.body).querySelector("button") as HTMLButtonElement;
  const panel = () => shadowIn(document.body).querySelector(".bubble") as HTMLElement;

  it("makes its frame at the first opening and keeps it", () => {
    const handle = mount({ mode: "bubble" }, null);
    expect(panel().querySelector("iframe")).toBeNull();
    button().click();
    const frame = frameIn(document.body);
    expect(handle.getState().open).toBe(true);
    expect(button().getAttribute("aria-label")).toBe("Close chat");
    expect(button().getAttribute("aria-expanded")).toBe("true");
    button().click();
    expect(panel().hidden).toBe(true);
    expect(button().getAttribute("aria-label")).toBe("Open chat");
    expect(frameIn(document.body)).toBe(frame);
  });

  it("connects ahead, once, when it is pointed at", () => {
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
    const { port } = loadFrame(document.body);
    const elsewhere = document.querySelector("#elsewhere") as HTMLElement;
    elsewhere.focus();
    port.postMessage({ type: "close" });
    await vi.waitFor(() => expect(handle.getState().open).toBe(false));
    expect(document.activeElement).toBe(elsewhere);
  });

  it("leaves nothing behind", () => {
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

describe("data- attributes", () => {
  it("are options by another spelling", () => {
    const script = document.createElement("script");
    script.dataset.target = "#chat";
    script.dataset.site = "shop";
    script.dataset.apiUrl = "https://api.example";
    script.dataset.starters = "One | Two";
    expect(optionsOf(script.dataset)).toEqual({
      target: "#chat",
      options: { siteId: "shop", apiUrl: "https://api.example", starters: ["One", "Two"] },
    });
  });

  it("mount nothing without a target or a mode", () => {
    const script = document.createElement("script");
    script.dataset.site = "shop";
    expect(optionsOf(script.dataset)).toBeNull();
  });
});
