// The conversations that are being answered, and those with an unread answer, as far as the tabs of
// this browser tell each other. No React here.
import { createStore, type StoreApi } from "zustand/vanilla";
import { readTab, writeTab } from "../../api/tab-storage";

export type Activity = "answering" | "unread";

export type ActivityMessage =
  | { type: "run_started"; threadId: string }
  | { type: "run_ended"; threadId: string }
  | { type: "thread_read"; threadId: string };

type Activities = Readonly<Record<string, Activity>>;

const STORED = "so.unread";

export class ThreadActivity implements Omit<StoreApi<Activities>, "setState"> {
  private readonly store = createStore<Activities>(readUnread);
  readonly getState = this.store.getState;
  readonly getInitialState = this.store.getInitialState;
  readonly subscribe = this.store.subscribe;

  /** Returns whether the thread was read here. `inView`: this tab shows it. */
  hear({ type, threadId }: ActivityMessage, inView = false): boolean {
    if (type === "run_started") this.mark(threadId, "answering");
    else if (type === "thread_read") this.mark(threadId, undefined);
    else this.mark(threadId, inView ? undefined : "unread");
    return type === "run_ended" && inView;
  }

  /** Returns whether that removes a mark. */
  read(threadId: string): boolean {
    if (this.getState()[threadId] === undefined) return false;
    this.mark(threadId, undefined);
    return true;
  }

  private mark(threadId: string, activity: Activity | undefined): void {
    const { [threadId]: _before, ...others } = this.getState();
    this.store.setState(activity ? { ...others, [threadId]: activity } : others, true);
    const unread = Object.entries(this.getState()).filter(([, one]) => one === "unread");
    writeTab(STORED, unread.map(([id]) => id).join(" "));
  }
}

function readUnread(): Activities {
  const ids = readTab(STORED)?.split(" ").filter(Boolean) ?? [];
  return Object.fromEntries(ids.map((id) => [id, "unread" as const]));
}
