import { Ellipsis, Pencil, Trash2 } from "lucide-react";
import { t } from "../../i18n/translate";
import type { Thread } from "../../protocol/types";
import { AppLink } from "../../ui/app-link";
import { classNames } from "../../ui/class-names";
import { Menu } from "../../ui/menu";
import { MarkedText } from "./marked-text";
import type { Activity } from "./thread-activity";
import { titleOf } from "./thread-title";

export interface ThreadRowProps {
  thread: Thread;
  active: boolean;
  activity: Activity | undefined;
  query: string;
  onOpen: () => void;
  onAct: (action: "rename" | "delete") => void;
}

export function ThreadRow({ thread, active, activity, query, onOpen, onAct }: ThreadRowProps) {
  const title = titleOf(thread.title);
  return (
    <li
      className={classNames(
        "group flex items-center rounded-field border-s-3 pe-1",
        active
          ? "border-primary bg-base-300/70"
          : "border-transparent hover:bg-base-300/40 forced-colors:border-[Canvas]",
      )}
    >
      <AppLink
        to={`/chat/${thread.id}`}
        aria-current={active ? "page" : undefined}
        title={title}
        onClick={onOpen}
        className={classNames(
          "flex min-h-9 min-w-0 flex-1 items-center rounded-field px-2.5 py-2 text-sm pointer-coarse:min-h-11",
          (active || activity === "unread") && "font-medium",
        )}
      >
        <span dir="auto" className="min-w-0 flex-1 truncate text-match">
          <MarkedText text={title} query={query} />
        </span>
      </AppLink>
      {activity && <Mark activity={activity} />}
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
            onSelect: () => onAct("rename"),
          },
          {
            label: t("ui.delete"),
            icon: <Trash2 className="size-4" aria-hidden="true" />,
            danger: true,
            onSelect: () => onAct("delete"),
          },
        ]}
      />
    </li>
  );
}

function Mark({ activity }: { activity: Activity }) {
  return (
    <span
      role="img"
      aria-label={wordsOf(activity)}
      title={wordsOf(activity)}
      className={classNames(
        "size-2 shrink-0 rounded-full bg-primary forced-colors:bg-[Highlight]",
        activity === "answering" && "animate-pulse",
      )}
    />
  );
}

function wordsOf(activity: Activity): string {
  return activity === "answering" ? t("threads.answering") : t("threads.unread");
}
