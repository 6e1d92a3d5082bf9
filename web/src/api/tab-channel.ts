// Messages between the tabs of a browser: they announce changes without content, and receivers ask
// the server.

export type TabMessage =
  | { type: "run_started"; threadId: string; runId: string }
  | { type: "run_ended"; threadId: string }
  /** A thread's new answer was seen. */
  | { type: "thread_read"; threadId: string }
  | { type: "threads_changed" }
  | { type: "notes_changed" };

export interface TabChannel {
  post(message: TabMessage): void;
  /** Listens to other tabs (and other channels of this one). Returns a function that stops it. */
  listen(listener: (message: TabMessage) => void): () => void;
  close(): void;
}

/** Does nothing without the browser's permission or support. */
export function openTabChannel(name = "so.tabs"): TabChannel {
  let channel: BroadcastChannel | null = null;
  try {
    channel = new BroadcastChannel(name);
  } catch {
    // The other tabs notice when they become visible.
  }
  return {
    post: (message) => channel?.postMessage(message),
    listen(listener) {
      const hear = (event: MessageEvent) => {
        if (isTabMessage(event.data)) listener(event.data);
      };
      channel?.addEventListener("message", hear);
      return () => channel?.removeEventListener("message", hear);
    },
    close() {
      channel?.close();
      // A pending request may still post, which throws on a closed channel.
      channel = null;
    },
  };
}

const TYPES = ["run_started", "run_ended", "thread_read", "threads_changed", "notes_changed"];

/** The other tab may run another version of the app. */
function isTabMessage(value: unknown): value is TabMessage {
  if (typeof value !== "object" || value === null || !("type" in value)) return false;
  if (!TYPES.includes(String(value.type))) return false;
  return String(value.type).endsWith("_changed") || "threadId" in value;
}
