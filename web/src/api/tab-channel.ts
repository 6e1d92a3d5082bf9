// Messages between the tabs of one browser: that something changed, never the content. The receiver
// asks the server.

export type TabMessage =
  | { type: "run_started"; threadId: string; runId: string }
  | { type: "run_ended"; threadId: string }
  /** A thread's new answer was seen. */
  | { type: "thread_read"; threadId: string }
  | { type: "threads_changed" }
  | { type: "notes_changed" };

export interface TabChannel {
  post(message: TabMessage): void;
  /** Listens to the other tabs (and the other channels of this one). Returns how to stop. */
  listen(listener: (message: TabMessage) => void): () => void;
  close(): void;
}

/** Joins the tabs of this browser. Where the browser denies or lacks the channel, it does nothing. */
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
      // A request that is still under way may post once more, and a closed channel throws.
      channel = null;
    },
  };
}

const TYPES = ["run_started", "run_ended", "thread_read", "threads_changed", "notes_changed"];

/** Another tab may run another version of the app. */
function isTabMessage(value: unknown): value is TabMessage {
  if (typeof value !== "object" || value === null || !("type" in value)) return false;
  if (!TYPES.includes(String(value.type))) return false;
  return String(value.type).endsWith("_changed") || "threadId" in value;
}
