// Buffers pieces of an answer until the next paint, since drawing each would be too slow.
import type { RunEvent } from "../../protocol/types";

type Delta = Extract<RunEvent, { type: "content_delta" | "reasoning_delta" }>;

export class DeltaBuffer {
  private waiting: Delta | null = null;
  private cancelFrame: (() => void) | null = null;

  constructor(
    /** Returns a function that cancels it. */
    private readonly onFrame: (run: () => void) => () => void,
    private readonly show: (event: RunEvent) => void,
  ) {}

  /** Deltas are shown with the next paint; other events at once, after the deltas before them. */
  push(event: RunEvent): void {
    if (event.type !== "content_delta" && event.type !== "reasoning_delta") {
      this.flush();
      this.show(event);
      return;
    }
    if (this.waiting && this.waiting.type !== event.type) this.flush();
    this.waiting = { type: event.type, delta: (this.waiting?.delta ?? "") + event.delta };
    this.cancelFrame ??= this.onFrame(() => this.flush());
  }

  flush(): void {
    this.cancelFrame?.();
    this.cancelFrame = null;
    const { waiting } = this;
    this.waiting = null;
    if (waiting) this.show(waiting);
  }
}
