// One widget: its nodes, its frame, its handle. All that it adds to the host's page is under one
// element, and goes with destroy().
import type {
  FrameMessage,
  FrameState,
  InitMessage,
  WidgetMode,
  WidgetTheme,
} from "../protocol/widget-messages";
import { createBubbleButton } from "./bubble-button";
import { create } from "./create";
import { createEmitter, type Listener } from "./emitter";
import { linkFrame } from "./frame-link";
import type { WidgetOptions } from "./options";
import { COVERING, dress, lengthOf } from "./styles";

const READY_MS = 10_000;
const MIN_HEIGHT = 160;
const MAX_HEIGHT = 800;
/** On the target, so that two copies of this script know each other's widgets. */
const MOUNTED = Symbol.for("SmoothOperator");

export interface WidgetState extends FrameState {
  mode: WidgetMode;
  open: boolean;
  ready: boolean;
}

export interface WidgetHandle {
  open(): void;
  close(): void;
  toggle(): void;
  send(text: string): void;
  stop(): void;
  newThread(): void;
  setTheme(theme: WidgetTheme): void;
  getState(): WidgetState;
  /** Listens to an event; returns how to stop. */
  on(event: string, listener: Listener): () => void;
  destroy(): void;
  /** Rejects with the reason when the frame does not answer or refuses this page. */
  ready: Promise<void>;
}

export type Target = string | Element | null | undefined;
type Mountable = Element & { [MOUNTED]?: WidgetHandle };

/** Shows the chat of `origin` in `target`. Throws when there is no such element. */
export function mountWidget(
  origin: string,
  target: Target,
  options: WidgetOptions = {},
): WidgetHandle {
  const isBubble = options.mode === "bubble";
  const isAuto = !isBubble && options.height === "auto";
  const place = findTarget(target, isBubble);
  place[MOUNTED]?.destroy();

  const life = new AbortController();
  const { signal } = life;
  const { emit, on } = createEmitter(signal);
  const state: WidgetState = {
    mode: isBubble ? "bubble" : "inline",
    open: !isBubble,
    ready: false,
    signedIn: false,
    running: false,
    agent: null,
    threadId: null,
  };
  let { theme } = options;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let resolve!: () => void;
  let reject!: (reason: Error) => void;
  const ready = new Promise<void>((...settle) => {
    [resolve, reject] = settle;
  });
  // A host that does not look at `ready` sees no "unhandled rejection" of ours.
  ready.catch(() => {});

  const query = new URLSearchParams({ embed: "1", loader: "1" });
  if (options.siteId) query.set("site", options.siteId);
  const host = create("div", {});
  const panel = create("div", { className: isBubble ? "bubble" : "panel", hidden: isBubble });
  const frame = create("iframe", {
    src: `${origin}/chat?${query}`,
    title: options.title || "Chat",
    allow: "clipboard-write",
    referrerPolicy: "strict-origin",
  });
  frame.setAttribute(
    "sandbox",
    "allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox",
  );
  const button = createBubbleButton();
  const root = host.attachShadow({ mode: "open" });
  dress(root);
  root.append(panel);
  if (isBubble) dressBubble();
  else {
    host.style.width = lengthOf(options.width ?? "100%");
    host.style.height = isAuto ? "400px" : lengthOf(options.height ?? "600px");
  }

  // By way of JSON: what cannot be cloned, as a function, would stop the handshake.
  const init = (): InitMessage => ({
    ...JSON.parse(JSON.stringify(options)),
    so: 1,
    type: "init",
    theme,
    hasClientSecret: !!options.getClientSecret,
    page: performance.timeOrigin,
  });
  const { post, opened } = linkFrame(frame, origin, init, receive, signal);

  const covering = matchMedia(COVERING);
  const sayLayout = () => {
    if (state.ready)
      post({ type: "layout", open: state.open, covering: isBubble && covering.matches });
  };
  covering.addEventListener("change", sayLayout, { signal });

  function dressBubble(): void {
    const side = options.position === "left" ? "left" : "right";
    const { style } = host;
    panel.style[side] = button.element.style[side] = "20px";
    if (options.width) style.setProperty("--w", lengthOf(options.width));
    if (options.height) style.setProperty("--h", lengthOf(options.height));
    if (options.accent) style.setProperty("--a", options.accent);
    button.show(false);
    button.element.onclick = () => show(!state.open);
    button.element.onpointerenter = () => {
      host.replaceChildren(create("link", { rel: "preconnect", href: origin }));
    };
    root.append(button.element);
  }

  function fail(code: string, message: string): void {
    clearTimeout(timer);
    reject(new Error(message));
    emit("error", { code, message });
  }

  /** Makes the frame; once, since a frame that is moved in the document is loaded again. */
  function load(): void {
    if (frame.isConnected) return;
    timer = setTimeout(
      fail,
      READY_MS,
      "no_answer",
      `The chat at ${origin} did not answer: its frame-ancestors or this page's frame-src may forbid it.`,
    );
    panel.append(frame);
  }

  let opener: HTMLElement | null;
  function show(open: boolean): void {
    if (signal.aborted || state.open === open) return;
    const active = document.activeElement as HTMLElement | null;
    state.open = open;
    panel.hidden = !open;
    button.show(open);
    if (open) {
      load();
      opener = active;
      if (isBubble) {
        frame.focus();
        // A frame that was just hidden may not take it before it is shown.
        requestAnimationFrame(() => state.open && document.activeElement === host && frame.focus());
      }
    } else if (isBubble && active === host) {
      // Focus was in here: it goes back to where it came from.
      (opener?.isConnected && opener !== host && opener !== document.body
        ? opener
        : button.element
      ).focus();
    }
    sayLayout();
    emit(open ? "open" : "close");
  }

  function receive(message: FrameMessage): void {
    switch (message.type) {
      case "ready":
        clearTimeout(timer);
        opened();
        if (!state.ready) {
          state.ready = true;
          resolve();
          emit("ready");
        }
        sayLayout();
        break;
      case "refused":
        fail("refused", message.reason);
        break;
      case "event":
        Object.assign(state, message.state);
        emit(message.name, message.detail);
        break;
      case "resize":
        if (isAuto) {
          const height = Math.min(MAX_HEIGHT, Math.max(MIN_HEIGHT, message.height));
          host.style.height = lengthOf(height);
          emit("resize", { height });
        }
        break;
      case "secretRequest":
        answerSecret(message.id);
        break;
      case "close":
        if (isBubble) show(false);
    }
  }

  async function answerSecret(id: number): Promise<void> {
    try {
      const secret = await options.getClientSecret?.();
      if (!secret || typeof secret !== "string") throw "it gave no string";
      post({ type: "secret", id, secret });
    } catch (error) {
      post({ type: "secretFailed", id });
      emit("error", { code: "client_secret_failed", message: `getClientSecret: ${error}` });
    }
  }

  const handle: WidgetHandle = {
    open: () => show(true),
    close: () => show(false),
    toggle: () => show(!state.open),
    send: (text) => post({ type: "send", text: `${text}` }),
    stop: () => post({ type: "stop" }),
    newThread: () => post({ type: "newThread" }),
    setTheme(next) {
      theme = `${next}`;
      // Also where the frame has been greeted and is not ready yet: it waits as all commands do.
      post({ type: "theme", theme });
    },
    getState: () => ({ ...state }),
    on,
    destroy() {
      clearTimeout(timer);
      life.abort();
      reject(new Error("The widget was destroyed."));
      host.remove();
      if (place[MOUNTED] === handle) delete place[MOUNTED];
    },
    ready,
  };
  place[MOUNTED] = handle;
  place.append(host);
  if (!isBubble) load();
  return handle;
}

function findTarget(target: Target, isBubble: boolean): Mountable {
  const found =
    typeof target === "string"
      ? document.querySelector(target)
      : (target ?? (isBubble ? document.body : null));
  if (!found) throw new Error(`SmoothOperator.mount: no element "${target}" on this page.`);
  return found;
}
