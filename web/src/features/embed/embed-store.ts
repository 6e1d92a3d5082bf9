// The frame's side of an embedding, from the handshake to the end: whether this page may show the
// chat, who signs in, and what passes between the host page and the chat. No React here. The app's
// other stores are handed in, since features do not import each other.
import { createStore, type StoreApi } from "zustand/vanilla";
import { ApiError } from "../../api/http";
import { readTab, writeTab } from "../../api/tab-storage";
import { getThread } from "../../api/threads";
import { setBaseUrl, setBearerToken } from "../../api/transport";
import { setHostLocale } from "../../i18n/locale";
import type { ChatEvent, WidgetTheme } from "../../protocol/widget-messages";
import { setTheme } from "../../ui/theme";
import { type ApiChoice, chooseApi } from "./allowed-api";
import { type EmbedLook, localeOf, lookOf, themeOf } from "./embed-look";
import type { EmbedParams } from "./embed-params";
import { type Handshake, parentOrigin } from "./handshake";
import { type HostCommand, HostLine } from "./host-line";

/** What of the app an embedding needs. */
export interface EmbedParts {
  auth: {
    getState():
      | { status: "loading" | "unreachable" | "signed-in" }
      | { status: "signed-out"; reason: "new" | "here" | "elsewhere" | "ended" };
    subscribe(listener: () => void): () => void;
    signIn(credentials: { client_secret: string }): Promise<void>;
  };
  site: {
    getState():
      | { status: "loading" | "unknown" }
      | { status: "unreachable"; error: { message: string } }
      | { status: "ready"; origins: readonly string[] };
    load(): Promise<void>;
    overlay(look: EmbedLook): void;
  };
  chat: {
    on(listener: (event: ChatEvent) => void): () => void;
    command(command: { type: "send"; text: string } | { type: "stop" | "newThread" }): void;
  };
  /** Keeps what was typed in a thread for a new conversation. */
  carryDraft(threadId: string): void;
}

/** What of the browser and the server; a test brings its own. */
export interface EmbedEnvironment {
  frame: Window;
  chooseApi(apiUrl: unknown, ownOrigin: string): Promise<ApiChoice>;
  threadExists(id: string): Promise<boolean>;
  now(): number;
}

export type EmbedPhase =
  | { name: "waiting" }
  /** The page around us has not greeted; it still may. */
  | { name: "silent" }
  /** This page may not show this chat. */
  | { name: "refused"; reason: string }
  /** Something failed that may work the next time. */
  | { name: "failed"; reason: string }
  /** The visitor signed out, of a session that the host page had signed in. */
  | { name: "signed-out" }
  | { name: "open" };

export interface EmbedState {
  phase: EmbedPhase;
  /** What the visitor should know, until the next run. */
  notice: string | null;
  isBubble: boolean;
  isShown: boolean;
  /** A bubble that covers the screen has no button of its own to close it. */
  isCovering: boolean;
  /** The frame is as high as its content. */
  isAutoHeight: boolean;
  isRunning: boolean;
}

const NOT_SET_UP = "This chat is not set up for this page.";
const NEW_CONVERSATION =
  "Your session had ended, so a new conversation has begun. What you typed is still here.";
const PAGE = "so.page";
const SILENT_MS = 10_000;
/** A session that ends by itself sooner was never kept by this browser. */
const SHORTEST_SESSION_MS = 3_000;

export class EmbedStore implements Omit<StoreApi<EmbedState>, "setState"> {
  private readonly store = createStore<EmbedState>(() => ({
    phase: { name: "waiting" },
    notice: null,
    isBubble: false,
    isShown: false,
    isCovering: false,
    isAutoHeight: false,
    isRunning: false,
  }));
  readonly getState = this.store.getState;
  readonly getInitialState = this.store.getInitialState;
  readonly subscribe = this.store.subscribe;
  private started: Promise<void> | null = null;
  private handshake: Handshake | null = null;
  private line: HostLine | null = null;
  private again: () => Promise<void> = async () => {};
  private signedInAt = Number.NEGATIVE_INFINITY;
  private hasToldSignedIn = false;

  /** `greeted`: the handshake to come, or null where no loader made the frame. */
  constructor(
    private readonly params: EmbedParams,
    private readonly greeted: Promise<Handshake> | null,
    private readonly parts: EmbedParts,
    private readonly environment: EmbedEnvironment = ENVIRONMENT,
  ) {}

  /** Goes from the handshake to an open chat; once, however often it is called. */
  start(): Promise<void> {
    this.started ??= this.begin();
    return this.started;
  }

  private async begin(): Promise<void> {
    if (this.greeted) {
      const timer = setTimeout(() => this.enter({ name: "silent" }), SILENT_MS);
      this.handshake = await this.greeted;
      clearTimeout(timer);
      this.line = new HostLine(this.handshake.port, (command) => this.obey(command));
    }
    await this.check();
  }

  /** Tries again what failed. */
  retry(): Promise<void> {
    return this.again();
  }

  /** Asks the loader to close the bubble. */
  close(): void {
    this.line?.post({ type: "close" });
  }

  reportHeight(height: number): void {
    this.line?.post({ type: "resize", height });
  }

  dismissNotice(): void {
    this.store.setState({ notice: null });
  }

  private isFramed(): boolean {
    return this.environment.frame.parent !== this.environment.frame;
  }

  /** Whether this page may show this chat, by the operator's lists. */
  private async check(): Promise<void> {
    const { frame } = this.environment;
    const { site } = this.parts;
    this.again = () => this.check();
    this.enter({ name: "waiting" });
    const api = await this.environment.chooseApi(
      this.handshake?.init.apiUrl || this.params.apiUrl,
      frame.location.origin,
    );
    if (!api.allowed) {
      if (api.retryable) this.enter({ name: "failed", reason: api.reason });
      else this.refuse(api.reason);
      return;
    }
    setBaseUrl(api.baseUrl);
    await site.load();
    const state = site.getState();
    if (state.status === "unreachable") {
      this.enter({ name: "failed", reason: state.error.message });
      return;
    }
    const origins = state.status === "ready" ? state.origins : null;
    const host = this.handshake ? this.handshake.origin : parentOrigin(frame);
    const isListed = host !== null && origins?.includes(host);
    if (origins === null || (origins.length > 0 && this.isFramed() && !isListed)) {
      this.refuse(NOT_SET_UP);
      return;
    }
    await this.open();
  }

  private refuse(reason: string): void {
    this.line?.post({ type: "refused", reason });
    this.enter({ name: "refused", reason });
  }

  /** The page may: take up its wishes, and let the chat begin. */
  private async open(): Promise<void> {
    const init = this.handshake?.init;
    if (!init || !this.line) {
      this.enter({ name: "open" });
      return;
    }
    const isBubble = init.mode === "bubble";
    this.store.setState({ isBubble, isAutoHeight: !isBubble && init.height === "auto" });
    const theme = themeOf(init);
    if (theme) showTheme(theme);
    await setHostLocale(localeOf(init));
    this.parts.site.overlay(lookOf(init));
    this.parts.chat.on((event) => this.tell(event));
    this.parts.auth.subscribe(() => this.watchSession());
    this.line.post({ type: "ready" });
    if (init.hasClientSecret === true) await this.signIn();
    else this.enter({ name: "open" });
  }

  /**
   * Signs in with a secret of the host page's. Also where a session is still alive: only the host
   * knows who its visitor is now.
   */
  private async signIn(): Promise<void> {
    this.again = () => this.signIn();
    this.enter({ name: "waiting" });
    try {
      const secret = await (this.line as HostLine).requestSecret();
      this.spareSiblings();
      await this.parts.auth.signIn({ client_secret: secret });
    } catch (error) {
      const reason =
        error instanceof ApiError
          ? error.message
          : "The page around this chat could not sign you in. Try again in a moment.";
      this.line?.emit("error", { code: "sign_in_failed", message: reason });
      this.enter({ name: "failed", reason });
      return;
    }
    this.signedInAt = this.environment.now();
    await this.leaveForeignThread();
    this.enter({ name: "open" });
  }

  /**
   * Where no cookie sticks, the frames of one page share the place where the token is kept, but
   * each has its own session: signing in ends that of an earlier page, not that of a sibling.
   */
  private spareSiblings(): void {
    const page = String(this.handshake?.init.page);
    const isFirst = this.signedInAt === Number.NEGATIVE_INFINITY;
    if (isFirst && readTab(PAGE) === page) setBearerToken(null);
    writeTab(PAGE, page);
  }

  /** A new session may own nothing of the old one: then the conversation begins anew. */
  private async leaveForeignThread(): Promise<void> {
    const { history, location } = this.environment.frame;
    const threadId = /^\/chat\/([\w-]{1,64})$/.exec(location.pathname)?.[1];
    if (threadId === undefined || (await this.environment.threadExists(threadId))) return;
    this.parts.carryDraft(threadId);
    history.replaceState(null, "", `/chat${location.search}`);
    this.store.setState({ notice: NEW_CONVERSATION });
  }

  private watchSession(): void {
    const session = this.parts.auth.getState();
    if (session.status === "signed-in" && !this.hasToldSignedIn) {
      this.hasToldSignedIn = true;
      this.line?.emit("signedin", {}, { signedIn: true });
    }
    if (session.status !== "signed-out") return;
    if (this.hasToldSignedIn) {
      this.hasToldSignedIn = false;
      this.store.setState({ isRunning: false });
      this.line?.emit("signedout", {}, { signedIn: false, running: false });
    }
    if (this.handshake?.init.hasClientSecret !== true || this.getState().phase.name !== "open")
      return;
    this.again = () => this.signIn();
    if (session.reason === "here" || session.reason === "elsewhere") {
      this.enter({ name: "signed-out" });
    } else if (this.environment.now() - this.signedInAt < SHORTEST_SESSION_MS) {
      this.enter({ name: "failed", reason: "This browser keeps no session for this chat." });
    } else {
      void this.signIn();
    }
  }

  /** Passes on what happens in the chat: never what was said. */
  private tell(event: ChatEvent): void {
    switch (event.type) {
      case "agent":
        this.line?.emit("agent", { agent: event.agent }, { agent: event.agent });
        break;
      case "runstart": {
        const { threadId, runId } = event;
        this.store.setState({ isRunning: true, notice: null });
        this.line?.emit("runstart", { threadId, runId }, { running: true });
        break;
      }
      case "runend": {
        const { threadId, runId, status } = event;
        this.store.setState({ isRunning: false });
        this.line?.emit("runend", { threadId, runId, status }, { running: false });
        break;
      }
      case "threadchange": {
        const { threadId } = event;
        this.line?.emit("threadchange", { threadId }, { threadId });
        break;
      }
      case "error":
        this.line?.emit("error", { code: event.code, message: event.message });
    }
  }

  private obey(command: HostCommand): void {
    switch (command.type) {
      case "theme":
        showTheme(command.theme);
        break;
      case "layout":
        this.store.setState({
          isShown: command.open,
          isCovering: command.open && command.covering,
        });
        break;
      case "send":
        this.parts.chat.command({ type: "send", text: command.text });
        break;
      default:
        this.parts.chat.command({ type: command.type });
    }
  }

  private enter(phase: EmbedPhase): void {
    this.store.setState({ phase });
  }
}

/** A theme for as long as the frame lives: the visitor's own choice is not written over. */
function showTheme(theme: WidgetTheme): void {
  setTheme(theme === "auto" ? "system" : theme, false);
}

const ENVIRONMENT: EmbedEnvironment = {
  frame: window,
  chooseApi: (apiUrl, ownOrigin) => chooseApi(apiUrl, ownOrigin),
  async threadExists(id) {
    try {
      await getThread(id);
      return true;
    } catch (error) {
      // Not knowing, it stays: the chat itself says what is wrong.
      return !(error instanceof ApiError && error.status === 404);
    }
  },
  now: () => performance.now(),
};
