// The frame's end of the port to the loader.
import {
  type FrameEvents,
  type FrameMessage,
  type FrameState,
  type LoaderMessage,
  parseLoaderMessage,
} from "../../protocol/widget-messages";

/** The host's backend is asked for a secret: that may take a while, not for ever. */
const SECRET_MS = 30_000;

interface Asked {
  resolve(secret: string): void;
  reject(reason: Error): void;
}

export type HostCommand = Exclude<LoaderMessage, { type: "secret" | "secretFailed" }>;

export class HostLine {
  private readonly asked = new Map<number, Asked>();
  private lastId = 0;

  constructor(
    private readonly port: MessagePort,
    onCommand: (command: HostCommand) => void,
  ) {
    port.onmessage = ({ data }: MessageEvent<unknown>) => {
      const message = parseLoaderMessage(data);
      if (message?.type === "secret") this.asked.get(message.id)?.resolve(message.secret);
      else if (message?.type === "secretFailed") {
        this.asked.get(message.id)?.reject(new Error("The page around this chat gave no secret."));
      } else if (message) onCommand(message);
    };
  }

  post(message: FrameMessage): void {
    this.port.postMessage(message);
  }

  emit<N extends keyof FrameEvents>(
    name: N,
    detail: FrameEvents[N],
    state: Partial<FrameState> = {},
  ): void {
    this.post({ type: "event", name, detail, state });
  }

  /** Has the host page ask its backend for a client secret. */
  requestSecret(): Promise<string> {
    const id = ++this.lastId;
    const answer = new Promise<string>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("The host page did not answer.")), SECRET_MS);
      const settle = () => {
        clearTimeout(timer);
        this.asked.delete(id);
      };
      this.asked.set(id, {
        resolve: (secret) => {
          settle();
          resolve(secret);
        },
        reject: (reason) => {
          settle();
          reject(reason);
        },
      });
    });
    this.post({ type: "secretRequest", id });
    return answer;
  }
}
