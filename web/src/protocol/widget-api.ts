// The API for host pages: the options of `SmoothOperator.mount`, the returned handle and its
// events. Types only; the npm package publishes them. Options may be undefined, for projects with
// `exactOptionalPropertyTypes`.

export type WidgetTheme = "light" | "dark" | "auto";
export type WidgetMode = "inline" | "bubble";

/** Parts of the chat that a host page may show or hide. */
export interface ShownParts {
  /** The list of conversations and the search over them. */
  conversations?: boolean | undefined;
  notes?: boolean | undefined;
  /** With a client secret off by default. */
  settings?: boolean | undefined;
  /** The theme switch. */
  theme?: boolean | undefined;
  /** Token counts. With a client secret off by default. */
  usage?: boolean | undefined;
}

/** The appearance requested by a host page. The frame checks every field again. */
export interface WidgetLook {
  theme?: WidgetTheme | undefined;
  /** `#rgb` or `#rrggbb`. */
  accent?: string | undefined;
  title?: string | undefined;
  greeting?: string | undefined;
  starters?: string[] | undefined;
  /** BCP 47 tag of the language. */
  locale?: string | undefined;
  show?: ShownParts | undefined;
}

/** A function of the host page that an agent may call. */
export interface PageTool {
  /** Tells the model what the tool does; at most 1 KiB. */
  description: string;
  /** JSON Schema of the arguments; at most 8 KiB. */
  parameters?: object | undefined;
  /** Unless true, the visitor is asked before each call. */
  readOnly?: boolean | undefined;
  /** Aborted after 60 s. The result must be JSON of at most 64 KiB. */
  // biome-ignore lint/suspicious/noExplicitAny: each tool knows its own arguments
  run(args: any, context: { signal: AbortSignal }): unknown;
}

/** By name: `[A-Za-z0-9_-]{1,48}`; at most 32, and 32 KiB of descriptions and schemas together. */
export type PageTools = Record<string, PageTool>;

/** The page's description of itself, sent with each message; at most 8 KiB. */
export type PageContext = string | object | null;

export interface WidgetOptions extends WidgetLook {
  siteId?: string | undefined;
  /** An API other than the frame's own. Refused unless the operator lists it. */
  apiUrl?: string | undefined;
  width?: string | number | undefined;
  /** "auto" follows the content between 160 and 800 px. */
  height?: string | number | undefined;
  mode?: WidgetMode | undefined;
  position?: "right" | "left" | undefined;
  /** The conversation to open. */
  threadId?: string | undefined;
  /** Asks the host's own backend for a client secret. */
  getClientSecret?: (() => string | Promise<string>) | undefined;
  tools?: PageTools | undefined;
  context?: PageContext | (() => PageContext | Promise<PageContext>) | undefined;
  /** Offer the tools that the page has registered with `document.modelContext`. */
  webmcp?: boolean | undefined;
}

/** The state of the chat in the frame. */
export interface FrameState {
  signedIn: boolean;
  running: boolean;
  agent: string | null;
  threadId: string | null;
  /** Answers that arrived since the chat was closed. */
  unread: number;
}

export interface WidgetState extends FrameState {
  mode: WidgetMode;
  open: boolean;
  ready: boolean;
}

type NoDetail = Record<never, never>;

/** Events from the frame, which never contain message text, keys or tokens. */
export interface FrameEvents {
  signedin: NoDetail;
  signedout: NoDetail;
  agent: { agent: string };
  runstart: { threadId: string; runId: string };
  runend: { threadId: string; runId: string; status: string };
  threadchange: { threadId: string | null };
  unread: { unread: number };
  error: { code: string; message: string };
}

export interface WidgetEvents extends FrameEvents {
  ready: NoDetail;
  open: NoDetail;
  close: NoDetail;
  resize: { height: number };
}

export interface WidgetHandle {
  open(): void;
  close(): void;
  toggle(): void;
  send(text: string): void;
  stop(): void;
  newThread(): void;
  openThread(id: string): void;
  setTheme(theme: WidgetTheme): void;
  /** Replaces the tools of the page. */
  setTools(tools: PageTools): void;
  setContext(context: WidgetOptions["context"]): void;
  getState(): WidgetState;
  /** Listens to an event. Returns a function that stops listening. */
  on<Name extends keyof WidgetEvents>(
    event: Name,
    listener: (detail: WidgetEvents[Name]) => void,
  ): () => void;
  /** Removes the widget with all its nodes, listeners and timers. */
  destroy(): void;
  /** Rejects with a reason if the frame refuses this page or does not answer within 10 s. */
  ready: Promise<void>;
}

export interface SmoothOperatorGlobal {
  version: string;
  /** Mounts a widget. Throws if `target` does not exist. */
  mount(target?: string | Element | null, options?: WidgetOptions): WidgetHandle;
}
