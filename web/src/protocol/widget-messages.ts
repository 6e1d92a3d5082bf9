// The messages between the embed loader (on the host's page) and the frame (ours). A single `init`
// uses window.postMessage and carries a MessagePort; all others use that port. The parsers check
// untrusted values and drop unknown ones.
import type {
  FrameEvents,
  FrameState,
  PageContext,
  WidgetLook,
  WidgetMode,
  WidgetTheme,
} from "./widget-api";

/** Loader → frame, by window.postMessage, with one port. */
export interface InitMessage extends WidgetLook {
  so: 1;
  type: "init";
  mode?: WidgetMode;
  /** Inline with "auto": the frame reports the height of its content. */
  height?: string | number;
  apiUrl?: string;
  /** The conversation to open. */
  threadId?: string;
  /** Whether the host page can ask its backend for a client secret. */
  getClientSecret: boolean;
  /** When this load of the host page began, in milliseconds, to tell it from earlier ones. */
  page: number;
}

/** A tool of the host page without its function. The frame checks it before use. */
export interface PageToolOffer {
  name: string;
  description: string;
  /** WebMCP provides the schema as JSON text. */
  parameters?: object | string;
  readOnly: boolean;
}

/** Loader → frame, over the port. */
export type LoaderMessage =
  | { type: "send"; text: string }
  | { type: "stop" }
  | { type: "newThread" }
  | { type: "openThread"; threadId: string }
  | { type: "theme"; theme: WidgetTheme }
  /**
   * `covering`: the widget covers the screen, so the frame shows its own "Close chat". `focus`: the
   * visitor opened it to write.
   */
  | { type: "layout"; open: boolean; covering: boolean; focus: boolean }
  /** The result of `getClientSecret`, or the reason why it threw. */
  | { type: "secret"; id: number; secret?: unknown; reason?: string }
  /** The page's tools and context from now on. */
  | { type: "page"; tools: PageToolOffer[]; hasContext: boolean }
  | { type: "context"; id: number; context: PageContext }
  | { type: "toolResult"; id: number; result: unknown }
  | { type: "toolFailed"; id: number; message: string };

/** An event of the chat itself, as one object. */
export type ChatEvent = {
  [Name in ChatEventName]: { type: Name } & FrameEvents[Name];
}[ChatEventName];
type ChatEventName = Exclude<keyof FrameEvents, "signedin" | "signedout" | "unread">;

/** Frame → loader, over the port. Events carry changes of the state. */
export type FrameMessage =
  | { type: "ready" }
  | {
      type: "event";
      name: Exclude<keyof FrameEvents, "error">;
      detail: object;
      state: Partial<FrameState>;
    }
  /** For the host page's console and its `error` event. `fatal`: the chat does not open here. */
  | { type: "error"; code: string; message: string; fatal: boolean }
  /** The height of the content, within the limits of "auto". */
  | { type: "resize"; height: number }
  | { type: "secret"; id: number }
  | { type: "context"; id: number }
  | { type: "toolCall"; id: number; name: string; args: object }
  | { type: "toolAbort"; id: number }
  | { type: "close" };

type Fields = Record<string, unknown>;

function fieldsOf(data: unknown): Fields | null {
  return typeof data === "object" && data !== null ? (data as Fields) : null;
}

/** The handshake with unchecked options, or null for any other message. */
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
    case "openThread":
      return isThreadId(message.threadId)
        ? { type: "openThread", threadId: message.threadId }
        : null;
    case "theme":
      return isTheme(message.theme) ? { type: "theme", theme: message.theme } : null;
    case "layout":
      return {
        type: "layout",
        open: message.open === true,
        covering: message.covering === true,
        focus: message.focus === true,
      };
    case "page":
      return {
        type: "page",
        tools: Array.isArray(message.tools) ? message.tools.flatMap((tool) => offerOf(tool)) : [],
        hasContext: message.hasContext === true,
      };
    default:
      return parseAnswer(message);
  }
}

/** A response to a request of the frame, or null. */
function parseAnswer(message: Fields | null): LoaderMessage | null {
  const { id, type } = message ?? {};
  if (typeof id !== "number") return null;
  switch (type) {
    case "secret":
      return typeof message?.secret === "string" && message.secret !== ""
        ? { type, id, secret: message.secret }
        : { type, id, reason: reasonOf(message?.reason ?? "it returned no string") };
    case "toolFailed":
      return { type, id, message: reasonOf(message?.message) };
    case "context":
      return { type, id, context: contextOf(message?.context) };
    case "toolResult":
      return { type, id, result: message?.result };
    default:
      return null;
  }
}

function offerOf(value: unknown): PageToolOffer[] {
  const tool = fieldsOf(value);
  if (typeof tool?.name !== "string") return [];
  const { name, description, parameters } = tool;
  return [
    {
      name,
      description: typeof description === "string" ? description : "",
      parameters: typeof parameters === "string" ? parameters : (fieldsOf(parameters) ?? undefined),
      readOnly: tool.readOnly === true,
    },
  ];
}

function reasonOf(value: unknown): string {
  return String(value).slice(0, 2_000);
}

function contextOf(value: unknown): PageContext {
  return typeof value === "string" ? value : fieldsOf(value);
}

export function isTheme(value: unknown): value is WidgetTheme {
  return value === "light" || value === "dark" || value === "auto";
}

export function isThreadId(value: unknown): value is string {
  return typeof value === "string" && /^[\w-]{1,64}$/.test(value);
}
