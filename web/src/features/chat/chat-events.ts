// Connects the chat to code outside of React (the widget around a frame): commands, and events that
// never contain message text.
import type { ChatEvent } from "../../protocol/widget-messages";

export type ChatCommand =
  | { type: "send"; text: string }
  | { type: "stop" }
  | { type: "newThread" }
  | { type: "openThread"; threadId: string };

export class ChatEvents {
  private readonly listeners = new Set<(event: ChatEvent) => void>();
  private handler: ((command: ChatCommand) => void) | null = null;
  private waiting: ChatCommand[] = [];

  /** Returns a function that stops listening. */
  on(listener: (event: ChatEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  emit(event: ChatEvent): void {
    for (const listener of this.listeners) listener(event);
  }

  /** Runs a command, or keeps it until there is a handler. */
  command(command: ChatCommand): void {
    if (this.handler) this.handler(command);
    else this.waiting.push(command);
  }

  /** Starts with the commands that were kept. Returns a function that stops it. */
  handle(handler: (command: ChatCommand) => void): () => void {
    this.handler = handler;
    for (const command of this.waiting.splice(0)) handler(command);
    return () => {
      if (this.handler === handler) this.handler = null;
    };
  }
}
