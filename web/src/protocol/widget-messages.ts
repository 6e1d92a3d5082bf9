// What the embed loader (on the host's page) and the frame (ours) say to each other. One `init`
// travels by window.postMessage and carries a MessagePort; all the rest goes over that port.
// The guards look at untrusted values, and drop what they do not know.

export type WidgetTheme = "light" | "dark" | "auto";
export type WidgetMode = "inline" | "bubble";

/** What a host page may set about the look; the frame checks each again before it uses it. */
export interface WidgetLook {
  theme?: WidgetTheme;
  accent?: string;
  title?: string;
  greeting?: string;
  starters?: string[];
  /** A BCP 47 tag: how dates and numbers are written. */
  locale?: string;
}

/** Loader → frame, by window.postMessage, with one port: the options of the host page. */
export interface InitMessage extends WidgetLook {
  so: 1;
  type: "init";
  mode?: WidgetMode;
  /** Inline with "auto", the frame reports the height of its content. */
  height?: string | number;
  apiUrl?: string;
  /** The host page has a `getClientSecret`. */
  hasClientSecret: boolean;
  /** Tells one load of the host page from another: when it began, in milliseconds. */
  page: number;
}

/** Loader → frame, over the port. */
export type LoaderMessage =
  | { type: "send"; text: string }
  | { type: "stop" }
  | { type: "newThread" }
  | { type: "theme"; theme: WidgetTheme }
  /** `covering`: the widget covers the screen, so the frame shows its own "Close chat". */
  | { type: "layout"; open: boolean; covering: boolean }
  | { type: "secret"; id: number; secret: string }
  | { type: "secretFailed"; id: number };

/** What the host page may listen to: never the text of a message, a key or a token. */
export interface FrameEvents {
  signedin: Record<never, never>;
  signedout: Record<never, never>;
  agent: { agent: string };
  runstart: { threadId: string; runId: string };
  runend: { threadId: string; runId: string; status: string };
  threadchange: { threadId: string | null };
  error: { code: string; message: string };
}

/** An event of the chat itself, as one object. */
export type ChatEvent = {
  [Name in Exclude<keyof FrameEvents, "signedin" | "signedout">]: {
    type: Name;
  } & FrameEvents[Name];
}[Exclude<keyof FrameEvents, "signedin" | "signedout">];

/** What the handle's `getState()` tells of the frame. */
export interface FrameState {
  signedIn: boolean;
  running: boolean;
  agent: string | null;
  threadId: string | null;
}

/** Frame → loader, over the port. An event says what it changes in the state. */
export type FrameMessage =
  | { type: "ready" }
  | { type: "refused"; reason: string }
  | { type: "event"; name: keyof FrameEvents; detail: object; state: Partial<FrameState> }
  | { type: "resize"; height: number }
  | { type: "secretRequest"; id: number }
  | { type: "close" };

type Fields = Record<string, unknown>;

function fieldsOf(data: unknown): Fields | null {
  return typeof data === "object" && data !== null ? (data as Fields) : null;
}

/** The handshake with its options unchecked, or null for anything else that pages post around. */
export function parseInit(data: unknown): Record<keyof InitMessage, unknown> | null {
  const init = fieldsOf(data);
  return init?.so === 1 && init.type === "init"
    ? (init as Record<keyof InitMessage, unknown>)
    : null;
}

/** A message of the loader, or null. */
export function parseLoaderMessage(data: unknown): LoaderMessage | null {
  const message = fieldsOf(data);
  switch (message?.type) {
    case "send":
      return typeof message.text === "string" ? { type: "send", text: message.text } : null;
    case "stop":
    case "newThread":
      return { type: message.type };
    case "theme":
      return isTheme(message.theme) ? { type: "theme", theme: message.theme } : null;
    case "layout":
      return { type: "layout", open: message.open === true, covering: message.covering === true };
    case "secret":
      return typeof message.id === "number" && typeof message.secret === "string"
        ? { type: "secret", id: message.id, secret: message.secret }
        : null;
    case "secretFailed":
      return typeof message.id === "number" ? { type: "secretFailed", id: message.id } : null;
    default:
      return null;
  }
}

export function isTheme(value: unknown): value is WidgetTheme {
  return value === "light" || value === "dark" || value === "auto";
}
