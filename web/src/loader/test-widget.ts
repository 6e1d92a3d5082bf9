// A widget on a host page for tests, which act as the frame's document.
import { afterEach, beforeEach, vi } from "vitest";
import type { WidgetHandle, WidgetOptions } from "../protocol/widget-api";
import type { InitMessage, LoaderMessage } from "../protocol/widget-messages";
import { mountWidget } from "./widget";

export const ORIGIN = "https://chat.example";
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

export function mount(options: WidgetOptions = {}, target: string | Element | null = "#chat") {
  const handle = mountWidget(ORIGIN, target, options);
  handles.push(handle);
  return handle;
}

export function shadowIn(place: Element): ShadowRoot {
  const root = place.lastElementChild?.shadowRoot;
  if (!root) throw new Error("nothing is mounted");
  return root;
}

export function frameIn(place: Element): HTMLIFrameElement {
  const frame = shadowIn(place).querySelector("iframe");
  if (!frame) throw new Error("there is no frame");
  return frame;
}

export const chat = () => document.querySelector("#chat") as Element;

/** Acts as the frame: accepts the handshake as a loaded document would. */
export function loadFrame(place = chat()) {
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
