// Stands in for the chat while its code loads, and hands over what was sent.
import { createStore } from "zustand/vanilla";
import type { Chat } from "./chat";
import { type ChatState, EMPTY_CHAT, outgoing } from "./chat-state";
import { notDelivered } from "./to-chat-error";
import { isBlank } from "./visible-text";

export class PendingChat implements Chat {
  private readonly store = createStore<ChatState>(() => EMPTY_CHAT);
  readonly getState = this.store.getState;
  readonly getInitialState = this.store.getInitialState;
  readonly subscribe = this.store.subscribe;
  private waiting: string | null = null;
  private fetch: (() => Promise<void>) | null = null;

  /** Loads the code. Returns a function that ignores its arrival. */
  load(fetch: () => Promise<void>): () => void {
    this.fetch = fetch;
    void this.tryFetch();
    return () => {
      this.fetch = null;
    };
  }

  open(threadId: string | null): void {
    this.waiting = null;
    const load = threadId === null ? "ready" : "loading";
    this.store.setState({ ...EMPTY_CHAT, threadId, load }, true);
  }

  send(text: string): boolean {
    const { load, run } = this.getState();
    if (isBlank(text) || load !== "ready" || run !== null) return false;
    this.waiting = text;
    this.store.setState({
      messages: [outgoing("pending", text)],
      run: { id: null, phase: "starting" },
    });
    return true;
  }

  stop(): void {
    const text = this.waiting;
    this.waiting = null;
    const returned = text === null ? null : { key: "pending", text };
    this.store.setState({ messages: [], run: null, returned });
  }

  retry(): boolean {
    this.store.setState({ error: null });
    void this.tryFetch();
    return true;
  }

  handOver(chat: Chat): void {
    if (this.waiting !== null) chat.send(this.waiting);
    this.waiting = null;
  }

  loadOlder(): void {}
  edit(): boolean {
    return false;
  }
  regenerate(): boolean {
    return false;
  }
  choose(): void {}

  private async tryFetch(): Promise<void> {
    const { fetch } = this;
    try {
      await fetch?.();
    } catch {
      this.stop();
      this.store.setState({ load: "ready", error: notDelivered() });
    }
  }
}
