// The navigation "Conversations": the way to a new chat and to every thread, with what can be done
// to one.
import { Ellipsis, Pencil, SquarePen, Trash2 } from "lucide-react";
import { useRef, useState } from "react";
import { useStore } from "zustand/react";
import { errorText } from "../../i18n/error-text";
import { t } from "../../i18n/translate";
import type { Thread } from "../../protocol/types";
import { Alert } from "../../ui/alert";
import { AppLink } from "../../ui/app-link";
import { Button } from "../../ui/button";
import { classNames } from "../../ui/class-names";
import { Menu } from "../../ui/menu";
import { Spinner } from "../../ui/spinner";
import { DeleteThread } from "./delete-thread";
import { RenameThread } from "./rename-thread";
import type { ThreadsStore } from "./threads-store";

export interface ThreadListProps {
  store: ThreadsStore;
  /** The thread in view. */
  activeId: string | null;
  onNewChat: () => void;
  /** A link was followed: a drawer closes. */
  onOpen: () => void;
  onDeleted: (id: string) => void;
}

type Doing = { what: "rename" | "delete"; thread: Thread } | null;

export function ThreadList({ store, activeId, onNewChat, onOpen, onDeleted }: ThreadListProps) {
  const state = useStore(store);
  const [doing, setDoing] = useState<Doing>(null);
  const nav = useRef<HTMLElement>(null);
  const loadMore = async () => {
    await store.loadMore();
    // The button goes away with the last of them.
    if (store.getState().nextCursor === null) nav.current?.focus();
  };
  return (
    <nav
      ref={nav}
      aria-label={t("threads.name")}
      // It takes the focus of what goes away: a deleted conversation, "Load more".
      tabIndex={-1}
      className="-outline-offset-2 flex min-h-0 flex-1 flex-col"
    >
      <div className="px-3 pb-3">
        <Button className="w-full justify-start gap-2.5" onClick={onNewChat}>
          <SquarePen className="size-4" aria-hidden="true" />
          {t("threads.new")}
        </Button>
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto px-3 pb-4">
        {state.status === "loading" && (
          <div className="flex justify-center py-6">
            <Spinner label={t("threads.loading")} className="size-5 text-muted" />
          </div>
        )}
        {state.error && (
          <Alert
            className="mb-3"
            actions={
              <Button small onClick={() => void store.refresh()}>
                {t("ui.try_again")}
              </Button>
            }
          >
            {errorText(state.error)}
          </Alert>
        )}
        {state.status === "ready" && state.items.length === 0 && (
          <p className="px-3 py-4 text-muted text-sm">{t("threads.empty")}</p>
        )}
        <ul className="flex flex-col gap-0.5">
          {state.items.map((thread) => (
            <Row
              key={thread.id}
              thread={thread}
              active={thread.id === activeId}
              onOpen={onOpen}
              onDo={(what) => setDoing({ what, thread })}
            />
          ))}
        </ul>
        {state.nextCursor !== null && (
          <Button
            small
            look="quiet"
            className="mt-2 w-full"
            busy={state.loadingMore}
            onClick={() => void loadMore()}
          >
            {t("ui.load_more")}
          </Button>
        )}
      </div>
      {doing?.what === "rename" && (
        <RenameThread
          thread={doing.thread}
          onRename={(title) => store.rename(doing.thread.id, title)}
          onClose={() => setDoing(null)}
        />
      )}
      {doing?.what === "delete" && (
        <DeleteThread
          thread={doing.thread}
          onDelete={async () => {
            await store.remove(doing.thread.id);
            onDeleted(doing.thread.id);
          }}
          onClose={() => setDoing(null)}
        />
      )}
    </nav>
  );
}

interface RowProps {
  thread: Thread;
  active: boolean;
  onOpen: () => void;
  onDo: (what: "rename" | "delete") => void;
}

function Row({ thread, active, onOpen, onDo }: RowProps) {
  return (
    <li
      className={classNames(
        "group flex items-center rounded-field pr-1",
        active ? "bg-base-300/70" : "hover:bg-base-300/40",
      )}
    >
      <AppLink
        to={`/chat/${thread.id}`}
        aria-current={active ? "page" : undefined}
        title={thread.title}
        onClick={onOpen}
        className={classNames(
          "min-w-0 flex-1 truncate rounded-field px-3 py-2 text-sm",
          active && "font-medium",
        )}
      >
        {thread.title}
      </AppLink>
      <Menu
        label={t("threads.actions")}
        icon={<Ellipsis className="size-4" aria-hidden="true" />}
        button={{
          small: true,
          side: "bottom-end",
          className: classNames(
            "text-muted",
            !active &&
              "pointer-fine:opacity-0 focus-visible:opacity-100 aria-expanded:opacity-100 group-hover:opacity-100",
          ),
        }}
        items={[
          {
            label: t("threads.rename"),
            icon: <Pencil className="size-4" aria-hidden="true" />,
            onSelect: () => onDo("rename"),
          },
          {
            label: t("ui.delete"),
            icon: <Trash2 className="size-4" aria-hidden="true" />,
            danger: true,
            onSelect: () => onDo("delete"),
          },
        ]}
      />
    </li>
  );
}
