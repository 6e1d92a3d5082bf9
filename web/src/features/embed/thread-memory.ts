// The conversation in view, by site, for the next host page in this tab: for an hour.
import { TabRecord } from "../../api/tab-record";
import { isThreadId } from "../../protocol/widget-messages";

const HOUR_MS = 3_600_000;

interface View {
  threadId: string | null;
  /** When it was last in view, in milliseconds. */
  at: number;
  /** The load of the host page on which it was in view. */
  page: string;
}

const record = new TabRecord<View>("so.view", isView);

export class ThreadMemory {
  private readonly site: string;

  constructor(
    siteId: string | null,
    private readonly page: string,
  ) {
    this.site = siteId ?? "";
  }

  /** The conversation in view on an earlier page; other frames of this page have their own. */
  read(): string | null {
    const view = this.recent();
    return view && view.page !== this.page ? view.threadId : null;
  }

  /** Whether the chat was in view within the last hour. */
  isRecent(): boolean {
    return this.recent() !== null;
  }

  write(threadId: string | null): void {
    record.write(this.site, { threadId, at: Date.now(), page: this.page });
  }

  /** The hour starts when the page is left. */
  touch(): void {
    const view = this.recent();
    if (view) record.write(this.site, { ...view, at: Date.now() });
  }

  forget(): void {
    record.remove(this.site);
  }

  private recent(): View | null {
    const view = record.read(this.site);
    return view !== null && Date.now() - view.at < HOUR_MS ? view : null;
  }
}

/** Forgets the conversations in view on all sites. */
export function forgetViews(): void {
  record.clear();
}

function isView(value: unknown): value is View {
  if (typeof value !== "object" || value === null) return false;
  const { threadId, at, page } = value as Partial<Record<keyof View, unknown>>;
  const isThread = threadId === null || isThreadId(threadId);
  return isThread && typeof at === "number" && typeof page === "string";
}
