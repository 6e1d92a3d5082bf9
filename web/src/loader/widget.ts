// A widget: its state, its handle, and its reactions to the frame's messages. destroy() removes
// everything it adds to the host's page.
import type { WidgetHandle, WidgetOptions, WidgetState } from "../protocol/widget-api";
import type { FrameMessage, InitMessage } from "../protocol/widget-messages";
import { create } from "./create";
import { createEmitter } from "./emitter";
import { linkFrame } from "./frame-link";
import type * as OnDemandModule from "./on-demand";
import { recallOpen } from "./open-memory";
import type { TagOptions } from "./options";
import { createPageLock } from "./page-lock";
import type { PageOffer } from "./page-offer";
import { createShell } from "./shell";
import { COVERING, lengthOf } from "./styles";
import { ENGLISH } from "./texts";
import { watchPage } from "./watch-page";

/** The hashed file of on-demand.ts under /embed/, filled in by the build. */
declare const ON_DEMAND_FILE: string;

/**
 * On the target, so that two copies of this script see each other's widgets. On the window an
 * element with this id would shadow the global.
 */
export const MOUNTED = Symbol.for("SmoothOperator");

const NativePromise = (async () => {})().constructor as PromiseConstructor;

export type Target = string | Element | null | undefined;
type OnDemand = typeof OnDemandModule;
type Mountable = Element & { [MOUNTED]?: WidgetHandle };

/** Shows the chat of `origin` in `target`. Throws if the element does not exist. */
export function mountWidget(origin: string, target: Target, given?: WidgetOptions): WidgetHandle {
  // A copy without a prototype, since a page may have added to Object.prototype.
  const options = { __proto__: null, ...given } as WidgetOptions;
  const isBubble = options.mode === "bubble";
  const place = findTarget(target, isBubble);
  if (!place) throw new Error(`SmoothOperator: no element "${target}" on this page.`);
  place[MOUNTED]?.destroy();

  let isAlive = true;
  const { emit, on } = createEmitter();
  const state: WidgetState = {
    mode: isBubble ? "bubble" : "inline",
    open: !isBubble,
    ready: false,
    signedIn: false,
    running: false,
    agent: null,
    threadId: null,
    unread: 0,
  };
  const lock = createPageLock();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let settle!: [() => void, (reason: Error) => void];
  // Not by `Promise`, which some pages replace.
  const ready = new NativePromise<void>((...both) => {
    settle = both;
  });
  // A host that ignores `ready` should not see an unhandled rejection of ours.
  ready.catch(() => {});

  const { host, panel, frame, button } = createShell(origin, options, isBubble);
  // Field by field: values that cannot be cloned, such as functions, would break the handshake.
  const init = (): InitMessage => {
    const { mode, height, apiUrl, threadId, theme, accent, title, greeting, locale } = options;
    return {
      so: 1,
      type: "init",
      mode,
      height,
      apiUrl,
      threadId,
      theme,
      accent,
      title,
      greeting,
      locale,
      starters: [...(options.starters ?? [])],
      show: { ...options.show },
      getClientSecret: !!options.getClientSecret,
      page: performance.timeOrigin,
    };
  };
  const { post, opened, close } = linkFrame(frame, origin, init, receive);
  /** Parts that only some pages need: other languages than English, and page tools. */
  const onDemand = (): Promise<OnDemand> => import(`${origin}/embed/${ON_DEMAND_FILE}`);

  let texts = ENGLISH;
  const locale = options.locale || navigator.language;
  if (!locale.startsWith("en")) {
    onDemand().then((part) => {
      texts = part.textsIn(locale);
      label();
    });
  }

  let page: PageOffer | undefined;
  function offer(change: Pick<WidgetOptions, "tools" | "context">): void {
    Object.assign(options, change);
    if (page) page.announce();
    else {
      onDemand().then((part) => {
        if (isAlive) page ??= part.offerPage(options, post);
      });
    }
  }
  if (options.tools || options.context || options.webmcp) offer({});

  const covering = matchMedia(COVERING);
  let wantsFocus = false;
  function showLayout(): void {
    const covers = isBubble && covering.matches;
    lock(state.open && covers);
    if (!state.ready) return;
    post({ type: "layout", open: state.open, covering: covers, focus: wantsFocus });
    wantsFocus = false;
  }
  covering.onchange = showLayout;

  /** `fatal`: the chat will not open. */
  function fail(code: string, message: string, fatal = true): void {
    if (fatal) {
      clearTimeout(timer);
      settle[1](new Error(message));
    }
    emit("error", { code, message });
    console.warn("SmoothOperator:", code, message);
  }

  /** Loads the frame once, since moving it in the document loads it again. */
  function start(): void {
    if (frame.isConnected) return;
    timer = setTimeout(
      fail,
      10_000,
      "no_answer",
      `${origin} did not answer: check frame-ancestors, frame-src, sandbox.`,
    );
    panel.append(frame);
  }

  function label(): void {
    frame.title = options.title || texts.title;
    button.show(state, texts);
  }

  let opener: HTMLElement = button.element;
  /** `focus` false: an earlier page left it open, and the visitor is not in it. */
  function show(open: boolean, focus = isBubble): void {
    if (!isAlive || state.open === open) return;
    const active = document.activeElement as HTMLElement;
    state.open = open;
    panel.hidden = !open;
    label();
    if (isBubble) recallOpen(options.siteId, open);
    if (open) {
      start();
      opener = active === host || active === document.body ? button.element : active;
      wantsFocus = focus;
      if (focus) frame.focus();
    } else if (active === host) {
      // The focus was inside: it returns to where it came from.
      (opener.isConnected ? opener : button.element).focus();
    }
    showLayout();
    emit(open ? "open" : "close");
  }

  function receive(message: FrameMessage): void {
    const { type } = message;
    if (type === "ready") {
      clearTimeout(timer);
      opened();
      if (!state.ready) {
        state.ready = true;
        settle[0]();
        emit("ready");
      }
      showLayout();
    }
    if (type === "error") fail(message.code, message.message, message.fatal);
    if (type === "event") {
      Object.assign(state, message.state);
      label();
      emit(message.name, message.detail as never);
    }
    if (type === "resize") {
      host.style.setProperty("--h", lengthOf(message.height));
      emit("resize", { height: message.height });
    }
    if (type === "secret") answerSecret(message.id);
    if (type === "close") show(false);
    page?.receive(message);
  }

  async function answerSecret(id: number): Promise<void> {
    try {
      post({ type: "secret", id, secret: await options.getClientSecret?.() });
    } catch (error) {
      post({ type: "secret", id, reason: `${error}` });
    }
  }

  // In the head: adding or removing a node around the button would cancel a click on it.
  const hint = create("link", { rel: "preconnect", href: origin });
  button.element.onpointerenter = () => document.head.append(hint);
  label();

  const handle: WidgetHandle = {
    open: () => show(true),
    close: () => show(false),
    toggle: () => show(!state.open),
    send: (text) => post({ type: "send", text }),
    stop: () => post({ type: "stop" }),
    newThread: () => post({ type: "newThread" }),
    openThread: (threadId) => post({ type: "openThread", threadId }),
    setTheme(next) {
      // For a frame that loads later, and for this one.
      options.theme = next;
      post({ type: "theme", theme: next });
    },
    setTools: (tools) => offer({ tools }),
    setContext: (context) => offer({ context }),
    getState: () => ({ ...state }),
    on,
    destroy() {
      if (!isAlive) return;
      isAlive = false;
      clearTimeout(timer);
      stopWatching();
      covering.onchange = null;
      lock(false);
      close();
      page?.stop();
      hint.remove();
      host.remove();
      delete place[MOUNTED];
      settle[1](new Error("Destroyed."));
    },
    ready,
  };
  button.element.onclick = handle.toggle;
  place[MOUNTED] = handle;
  place.append(host);
  if (isBubble) host.showPopover?.();
  // A page may mount on an element that it inserts later.
  let wasConnected = host.isConnected;
  const stopWatching = watchPage(() => {
    if (wasConnected && !host.isConnected) handle.destroy();
    wasConnected = host.isConnected;
  });
  if (!isBubble) start();
  else if (recallOpen(options.siteId)) show(true, false);
  return handle;
}

/** Mounts now, and again whenever the page has replaced the target. */
export function keepMounted(origin: string, options: TagOptions): void {
  let delay = 0;
  const mount = () => {
    delay += 1;
    mountWidget(origin, options.target, options);
  };
  const look = () => {
    const place = findTarget(options.target, options.mode === "bubble");
    if (place && !place[MOUNTED]) mount();
  };
  // Later and later, since some pages remove at once what is not theirs.
  watchPage(() => setTimeout(look, delay));
  // Last, since it throws if the target is not there yet.
  mount();
}

function findTarget(target: Target, isBubble: boolean): Mountable | null | false {
  if (typeof target === "string") return document.querySelector(target);
  // Next to the body, which pages replace, transform and lay out as a grid.
  return target ?? (isBubble && document.documentElement);
}
