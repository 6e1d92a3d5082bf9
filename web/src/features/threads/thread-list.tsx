import { SquarePen } from "lucide-react";
import { type ReactNode, useId, useRef, useState } from "react";
import { useStore } from "zustand/react";
import { errorText } from "../../i18n/error-text";
import { t } from "../../i18n/translate";
import type { Thread } from "../../protocol/types";
import { Button } from "../../ui/button";
import { ConfirmDialog } from "../../ui/confirm-dialog";
import { LoadMore } from "../../ui/load-more";
import { RetryAlert } from "../../ui/retry-alert";
import { Spinner } from "../../ui/spinner";
import { RenameThread } from "./rename-thread";
import { SearchField } from "./search-field";
import type { ThreadActivity } from "./thread-activity";
import { groupThreads, type Period } from "./thread-groups";
import { ThreadRow } from "./thread-row";
import type { ThreadSearch } from "./thread-search";
import { titleOf } from "./thread-title";
import type { ThreadsStore } from "./threads-store";

export interface ThreadListProps {
  store: ThreadsStore;
  search: ThreadSearch;
  activity: ThreadActivity;
  activeId: string | null;
  onNewChat: () => void;
  /** A link was followed, which closes a drawer. */
  onOpen: () => void;
  onDeleted: (id: string) => void;
}

type Action = { kind: "rename" | "delete"; thread: Thread };

export function ThreadList(props: ThreadListProps) {
  const { store, search, activity, activeId, onNewChat, onOpen, onDeleted } = props;
  const list = useStore(store);
  const { query, found, ...result } = useStore(search);
  const activities = useStore(activity);
  const [action, setAction] = useState<Action | null>(null);
  const nav = useRef<HTMLElement>(null);

  const searching = query.trim() !== "";
  const { nextCursor, loadingMore, error } = searching ? result : list;
  const source = searching ? search : store;
  const rows = (threads: readonly Thread[]) => (
    <ul className="flex flex-col gap-0.5">
      {threads.map((thread) => (
        <ThreadRow
          key={thread.id}
          thread={thread}
          active={thread.id === activeId}
          activity={activities[thread.id]}
          query={searching ? query : ""}
          onOpen={onOpen}
          onAct={(kind) => setAction({ kind, thread })}
        />
      ))}
    </ul>
  );
  return (
    <nav
      ref={nav}
      aria-label={t("threads.name")}
      // Takes the focus of elements that disappear: a deleted conversation, "Load more".
      tabIndex={-1}
      className="-outline-offset-2 flex min-h-0 flex-1 flex-col"
    >
      <div className="flex flex-col gap-2 px-3 pb-3">
        <Button className="w-full justify-start gap-2.5" onClick={onNewChat}>
          <SquarePen className="size-4" aria-hidden="true" />
          {t("threads.new")}
        </Button>
        <SearchField value={query} onChange={(text) => search.type(text)} />
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto px-3 pb-4">
        {(searching ? found === null && !error : list.status === "loading") && (
          <div className="flex justify-center py-6">
            <Spinner label={t("threads.loading")} className="size-5 text-muted" />
          </div>
        )}
        {error && (
          <RetryAlert className="mb-3" onRetry={() => void source.refresh()}>
            {errorText(error)}
          </RetryAlert>
        )}
        {searching ? (
          <>
            <p role="status" className={found?.length === 0 ? "px-3 py-4 text-sm" : "sr-only"}>
              {found && t("threads.found", { count: found.length })}
            </p>
            {rows(found ?? [])}
          </>
        ) : (
          groupThreads(list.items, new Date()).map(({ period, threads }) => (
            <Group key={period} name={nameOfPeriod(period)}>
              {rows(threads)}
            </Group>
          ))
        )}
        {!searching && list.status === "ready" && list.items.length === 0 && (
          <p className="px-3 py-4 text-muted text-sm">{t("threads.empty")}</p>
        )}
        {nextCursor !== null && <LoadMore list={source} busy={loadingMore} region={nav} />}
      </div>
      {action?.kind === "rename" && (
        <RenameThread
          thread={action.thread}
          onRename={async (title) => {
            await store.rename(action.thread.id, title);
            void search.refresh();
          }}
          onClose={() => setAction(null)}
        />
      )}
      {action?.kind === "delete" && (
        <ConfirmDialog
          title={t("threads.delete_title")}
          confirm={t("ui.delete")}
          onConfirm={async () => {
            await store.remove(action.thread.id);
            void search.refresh();
            onDeleted(action.thread.id);
          }}
          onClose={() => setAction(null)}
        >
          {t("threads.delete_text", { title: titleOf(action.thread.title) })}
        </ConfirmDialog>
      )}
    </nav>
  );
}

function Group({ name, children }: { name: string; children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="mb-3">
      <h2 id={id} className="px-3 pt-1 pb-1.5 font-medium text-muted text-xs">
        {name}
      </h2>
      {children}
    </section>
  );
}

function nameOfPeriod(period: Period): string {
  switch (period) {
    case "today":
      return t("threads.today");
    case "yesterday":
      return t("threads.yesterday");
    case "week":
      return t("threads.week");
    case "older":
      return t("threads.older");
  }
}
