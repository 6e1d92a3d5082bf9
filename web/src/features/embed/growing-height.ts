// Height "auto": the height of the frame. Within a conversation it only grows, so that the host
// page does not jump while an answer is replaced or a card closes.

const MIN_HEIGHT = 160;
const MAX_HEIGHT = 800;

export class GrowingHeight {
  private highest = 0;
  private threadId: string | null = null;

  constructor(private readonly resize: (height: number) => void) {}

  report(height: number): void {
    const wanted = Math.min(MAX_HEIGHT, Math.max(MIN_HEIGHT, this.highest, height));
    if (wanted === this.highest) return;
    this.highest = wanted;
    this.resize(wanted);
  }

  /** Another conversation begins at its own height; a new one that gets its id stays the same. */
  follow(threadId: string | null): void {
    if (threadId === null || (this.threadId !== null && threadId !== this.threadId)) {
      this.highest = 0;
    }
    this.threadId = threadId;
  }
}
