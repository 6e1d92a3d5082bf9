// The chat's seam for what has no React in it (the widget around a frame): what happens, by name
// and without a word of what was said, and what the chat can be told to do.
import type { RunStatus } from "../../protocol/types";

export type ChatEvent =
  | { type: "agent"; agent: string }
  | { type: "runstart"; threadId: string; runId: string }
  | {
      type: "runend";
      threadId: string;
      runId: string;
      status: RunStatus;
    }
  | { type: "threadchange"; threadId: string | null }
  /** `message` is the sentence for a person. */
  | { type: "error"; code: string; message: string };

export type ChatCommand = { type: "send"; text: string } | { type: "stop" } | { type: "newThread" };

export class ChatEvents {
  private readonly listeners = new Set<(event: ChatEvent) => void>();
  private handler: ((command: ChatCommand) => void) | null = null;
  private waiting: ChatCommand[] = [];

  /** Hears what happens from now on. Returns how to stop. */
  on(listener: (event: ChatEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  emit(event: ChatEvent): void {
    for (const listener of this.listeners) listener(event);
  }

  /** Has the chat do something; before there is a chat it waits for one. */
  command(command: ChatCommand): void {
    if (this.handler) this.handler(command);
    else this.waiting.push(command);
  }

  /** Takes the commands from now on, those that wait first. Returns how to stop. */
  handle(handler: (command: ChatCommand) => void): () => void {
    this.handler = handler;
    for (const command of this.waiting.splice(0)) handler(command);
    return () => {
      if (this.handler === handler) this.handler = null;
    };
  }
}
