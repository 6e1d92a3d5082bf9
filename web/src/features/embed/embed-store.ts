// The frame's side of an embedding: whether this page may show the chat, who signs in, and the
// messages between the host page and the chat. No React here.
import { createStore, type StoreApi } from "zustand/vanilla";
import { ApiError } from "../../api/http";
import { setBaseUrl } from "../../api/transport";
import type { CodedError } from "../../i18n/error-text";
import { setHostLocale } from "../../i18n/locale";
import type { WidgetTheme } from "../../protocol/widget-api";
import type { ChatEvent } from "../../protocol/widget-messages";
import { setTheme } from "../../ui/theme";
import { admit } from "./admission";
import { localeOf, lookOf, themeOf } from "./embed-look";
import type { EmbedParams } from "./embed-params";
import { type EmbedEnvironment, type EmbedParts, ENVIRONMENT } from "./embed-parts";
import { GrowingHeight } from "./growing-height";
import { type Handshake, parentOrigin } from "./handshake";
import { type HostCommand, HostLink } from "./host-link";
import { HostReporter } from "./host-reporter";
import { SecretSession } from "./secret-session";
import { ThreadMemory } from "./thread-memory";
import { placeThread, threadIn } from "./thread-place";

export type EmbedPhase =
  | { name: "waiting" }
  /** The host page has not greeted yet. */
  | { name: "silent" }
  /** This page may not show this chat. */
  | { name: "refused" }
  /** A failure that may be temporary; null if only the page's owner can tell. */
  | { name: "failed"; error: CodedError | null }
  /** The browser keeps no session. */
  | { name: "not-kept" }
  /** The visitor signed out of a session that the host page had signed in. */
  | { name: "signed-out" }
  | { name: "open" };

export interface EmbedState {
  phase: EmbedPhase;
  /** A new conversation began because the session had ended. */
  hasLostThread: boolean;
  isBubble: boolean;
  /** Counts how often the visitor opened the bubble. */
  openings: number;
  /** Whether the bubble covers the screen, where it has no close button. */
  isCovering: boolean;
  /** Whether the frame is as high as its content. */
  isAutoHeight: boolean;
}

const SILENT_MS = 10_000;

export class EmbedStore implements Omit<StoreApi<EmbedState>, "setState"> {
  private readonly store = createStore<EmbedState>(() => ({
    phase: { name: "waiting" },
    hasLostThread: false,
    isBubble: false,
    openings: 0,
    isCovering: false,
    isAutoHeight: false,
  }));
  readonly getState = this.store.getState;
  readonly getInitialState = this.store.getInitialState;
  readonly subscribe = this.store.subscribe;
  private memory: ThreadMemory;
  private readonly height = new GrowingHeight((height) => {
    this.link?.post({ type: "resize", height });
  });
  private started: Promise<void> | null = null;
  private handshake: Handshake | null = null;
  private link: HostLink | null = null;
  private reporter: HostReporter | null = null;
  private secrets: SecretSession | null = null;
  private again: () => Promise<void> = async () => {};
  /** The server refused a message because the session had ended. */
  private hasUnsent = false;

  /** `greeted`: the handshake to come, or null if no loader made the frame. */
  constructor(
    private readonly params: EmbedParams,
    private readonly greeted: Promise<Handshake> | null,
    private readonly parts: EmbedParts,
    private readonly environment: EmbedEnvironment = ENVIRONMENT,
  ) {
    this.memory = new ThreadMemory(params.siteId, String(performance.timeOrigin));
  }

  /** Opens the chat, from the handshake on; once, however often it is called. */
  start(): Promise<void> {
    this.started ??= this.begin();
    return this.started;
  }

  retry(): Promise<void> {
    return this.again();
  }

  close(): void {
    this.link?.post({ type: "close" });
  }

  reportHeight(height: number): void {
    this.height.report(height);
  }

  dismissNotice(): void {
    this.store.setState({ hasLostThread: false });
  }

  private async begin(): Promise<void> {
    if (this.greeted) {
      const timer = setTimeout(() => this.enter({ name: "silent" }), SILENT_MS);
      this.handshake = await this.greeted;
      clearTimeout(timer);
      this.connect(this.handshake);
    }
    await this.check();
  }

  private connect({ port, init }: Handshake): void {
    const link = new HostLink(port, (command) => this.obey(command));
    const { auth, page } = this.parts;
    const load = String(init.page);
    this.link = link;
    this.memory = new ThreadMemory(this.params.siteId, load);
    this.reporter = new HostReporter(link);
    page.connect(link);
    if (init.getClientSecret === true) {
      const { now } = this.environment;
      this.secrets = new SecretSession(link, auth.signIn, load, now);
    }
  }

  private async check(): Promise<void> {
    this.again = () => this.check();
    this.enter({ name: "waiting" });
    const { frame, chooseApi } = this.environment;
    const admission = await admit(
      {
        apiUrl: this.handshake?.init.apiUrl || this.params.apiUrl,
        siteId: this.params.siteId,
        host: this.handshake ? this.handshake.origin : parentOrigin(frame),
        isFramed: frame.parent !== frame,
      },
      this.parts.site,
      (apiUrl) => chooseApi(apiUrl, frame.location.origin),
      setBaseUrl,
    );
    if (admission.admitted) {
      await this.open();
      return;
    }
    const { code, reason, error } = admission;
    this.link?.fail(code, reason, error === null);
    this.enter(error === null ? { name: "refused" } : { name: "failed", error });
  }

  /** The page may show the chat: applies its options, signs in, and shows it. */
  private async open(): Promise<void> {
    const init = this.handshake?.init;
    const { auth, chat, drafts, site } = this.parts;
    const hidden = this.secrets ? (["usage", "settings"] as const) : (["usage"] as const);
    site.overlay(init ? lookOf(init) : {}, hidden);
    if (init) {
      const isBubble = init.mode === "bubble";
      this.store.setState({ isBubble, isAutoHeight: !isBubble && init.height === "auto" });
      const theme = themeOf(init);
      if (theme) showTheme(theme);
      const locale = localeOf(init);
      if (locale !== undefined) await setHostLocale(locale);
    }
    // Drafts survive only together with the conversation in view.
    if (!this.memory.isRecent()) drafts.take(null);
    chat.on((event) => this.hear(event));
    auth.subscribe(() => this.watchSession());
    this.environment.frame.addEventListener("pagehide", () => this.memory.touch());
    this.link?.post({ type: "ready" });
    this.watchSession();
    if (this.secrets) await this.signIn(init?.threadId);
    else await this.show(init?.threadId);
  }

  private async show(threadId?: unknown): Promise<void> {
    const placement = await placeThread(this.environment, this.parts.drafts, this.memory, threadId);
    if (placement === "unknown") {
      this.link?.fail("thread_not_found", `the visitor has no conversation "${threadId}"`);
    }
    this.store.setState({ hasLostThread: placement === "lost" });
    this.enter({ name: "open" });
  }

  private async signIn(threadId?: unknown): Promise<void> {
    this.again = () => this.signIn(threadId);
    this.enter({ name: "waiting" });
    try {
      await this.secrets?.signIn();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.link?.fail("sign_in_failed", reason);
      // A refused secret is the host page's mistake; an unavailable server is temporary.
      const isPassing = error instanceof ApiError && error.status !== 401;
      this.enter({ name: "failed", error: isPassing ? error : null });
      return;
    }
    await this.show(threadId);
    this.sendUnsent();
  }

  /** Sends the message that the ended session refused, unless its conversation was lost. */
  private sendUnsent(): void {
    const hasUnsent = this.hasUnsent && !this.getState().hasLostThread;
    this.hasUnsent = false;
    if (!hasUnsent) return;
    const { chat, drafts } = this.parts;
    const text = drafts.take(threadIn(this.environment.frame.location.pathname) ?? null);
    if (text.trim() !== "") chat.command({ type: "send", text });
  }

  private watchSession(): void {
    const session = this.parts.auth.getState();
    if (session.status === "signed-in") this.reporter?.session(true);
    if (session.status !== "signed-out") return;
    this.reporter?.session(false);
    const isOver = session.reason === "here" || session.reason === "elsewhere";
    if (!this.secrets || this.getState().phase.name !== "open") return;
    this.again = () => this.signIn();
    if (isOver) this.enter({ name: "signed-out" });
    else if (this.secrets.wasNotKept()) this.enter({ name: "not-kept" });
    else void this.signIn();
  }

  private hear(event: ChatEvent): void {
    if (event.type === "runstart") {
      this.hasUnsent = false;
      this.store.setState({ hasLostThread: false });
    }
    if (event.type === "threadchange") {
      this.height.follow(event.threadId);
      this.memory.write(event.threadId);
    }
    if (event.type === "error" && event.code === "not_signed_in" && this.secrets) {
      // The host page signs in again and need not be told.
      this.hasUnsent = true;
      return;
    }
    this.reporter?.chat(event);
  }

  private obey(command: HostCommand): void {
    switch (command.type) {
      case "theme":
        showTheme(command.theme);
        break;
      case "layout": {
        const { open, covering, focus } = command;
        const { openings } = this.getState();
        this.reporter?.layout(open);
        this.store.setState({
          isCovering: open && covering,
          openings: open && focus ? openings + 1 : openings,
        });
        break;
      }
      case "page":
        this.parts.page.update(command);
        break;
      default:
        this.parts.chat.command(command);
    }
  }

  private enter(phase: EmbedPhase): void {
    this.store.setState({ phase });
  }
}

/** A theme for the lifetime of the frame, which does not overwrite the visitor's own choice. */
function showTheme(theme: WidgetTheme): void {
  setTheme(theme === "auto" ? "system" : theme, false);
}
