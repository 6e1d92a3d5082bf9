// The frame's end of the port to the loader: messages, and requests that the host page answers.
import type { FrameEvents, FrameState, PageContext } from "../../protocol/widget-api";
import {
  type FrameMessage,
  type LoaderMessage,
  parseLoaderMessage,
} from "../../protocol/widget-messages";

/** Time for the host page to ask its backend. */
const SECRET_MS = 30_000;
/** A message is waiting for this. */
const CONTEXT_MS = 2_000;

type Answer = Extract<LoaderMessage, { id: number }>;
export type HostCommand = Exclude<LoaderMessage, Answer>;
type Request = Extract<FrameMessage, { id: number }>;
type Unnumbered<R> = R extends Request ? Omit<R, "id"> : never;

export class HostLink {
  private readonly pending = new Map<number, (answer: Answer) => void>();
  private lastId = 0;

  constructor(
    private readonly port: MessagePort,
    onCommand: (command: HostCommand) => void,
  ) {
    port.onmessage = ({ data }: MessageEvent<unknown>) => {
      const message = parseLoaderMessage(data);
      if (message === null) return;
      if ("id" in message) this.pending.get(message.id)?.(message);
      else onCommand(message);
    };
  }

  post(message: FrameMessage): void {
    this.port.postMessage(message);
  }

  emit<Name extends Exclude<keyof FrameEvents, "error">>(
    name: Name,
    detail: FrameEvents[Name],
    state: Partial<FrameState> = {},
  ): void {
    this.post({ type: "event", name, detail, state });
  }

  /** Tells the host page's owner what is wrong. `fatal`: the chat does not open. */
  fail(code: string, message: string, fatal = false): void {
    this.post({ type: "error", code, message, fatal });
  }

  /** Requests a client secret from the host page's backend. Throws with the reason. */
  async requestSecret(): Promise<string> {
    const answer = await this.request({ type: "secret" }, SECRET_MS);
    if (answer?.type === "secret" && typeof answer.secret === "string") return answer.secret;
    const reason = answer?.type === "secret" ? answer.reason : "no answer within 30 s";
    throw new Error(`getClientSecret: ${reason}`);
  }

  /** The host page's current context; null if it does not answer in time. */
  async requestContext(): Promise<PageContext> {
    const answer = await this.request({ type: "context" }, CONTEXT_MS);
    return answer?.type === "context" ? answer.context : null;
  }

  /** Runs a tool of the host page. Null if it does not end in time, or is aborted. */
  async callTool(
    name: string,
    args: object,
    limitMs: number,
    signal: AbortSignal,
  ): Promise<Answer | null> {
    const abort = (id: number) => this.post({ type: "toolAbort", id });
    return this.request({ type: "toolCall", name, args }, limitMs, signal, abort);
  }

  private request(
    request: Unnumbered<Request>,
    limitMs: number,
    signal?: AbortSignal,
    onGivenUp?: (id: number) => void,
  ): Promise<Answer | null> {
    this.lastId += 1;
    const id = this.lastId;
    return new Promise((resolve) => {
      const settle = (answer: Answer | null) => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", giveUp);
        this.pending.delete(id);
        resolve(answer);
      };
      const giveUp = () => {
        settle(null);
        onGivenUp?.(id);
      };
      const timer = setTimeout(giveUp, limitMs);
      signal?.addEventListener("abort", giveUp);
      this.pending.set(id, settle);
      this.post({ ...request, id } as Request);
    });
  }
}
