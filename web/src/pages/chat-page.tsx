// The chat: conversations on the left, the current one in the middle, notes on the right. On narrow
// screens both sides are drawers; in a frame they are drawers at any width.
import { lazy, Suspense, useCallback, useEffect, useState } from "react";
import { useStore } from "zustand/react";
import { createStore } from "zustand/vanilla";
import { useSession } from "../features/auth/use-auth";
import { agentHues } from "../features/chat/agent-badge";
import type { Chat } from "../features/chat/chat";
import type { ChatEvents } from "../features/chat/chat-events";
import { ChatView } from "../features/chat/chat-view";
import { noteStarters } from "../features/chat/greeting";
import { useLook } from "../features/site/site-gate";
import { t } from "../i18n/translate";
import type { SignedInSession, Thread } from "../protocol/types";
import { useEmbedded } from "../ui/app-link";
import { classNames } from "../ui/class-names";
import { ChatHeader } from "./chat-header";
import type { ChatLists } from "./chat-parts";
import type { ChatSidesProps } from "./chat-sides";
import type { Side } from "./header-menu";
import { SiteMark } from "./site-mark";
import { useAgentNames } from "./use-agent-names";
import { useAnnouncements } from "./use-announcements";
import { useThreadInView } from "./use-thread-in-view";

const loadSides = () => import("./chat-sides");
const ThreadsSide = lazy(async () => ({ default: (await loadSides()).ThreadsSide }));
const NotesSide = lazy(async () => ({ default: (await loadSides()).NotesSide }));
const Drawers = lazy(async () => ({ default: (await loadSides()).Drawers }));

export interface ChatPageProps {
  chat: Chat;
  lists: ChatLists | null;
  events: ChatEvents;
}

export function ChatPage({ chat, lists, events }: ChatPageProps) {
  const session = useSession();
  const look = useLook();
  const embedded = useEmbedded();
  const nameOf = useAgentNames(session.agents);
  const [drawer, setDrawer] = useState<Side | null>(null);
  const closeDrawer = useCallback(() => setDrawer(null), []);

  const { threadId, path, startNew } = useThreadInView(chat, events);
  useFreshLists(lists);
  useAnnouncements(chat, nameOf);

  const newChat = () => {
    closeDrawer();
    startNew();
  };
  const title = useTitle(chat, lists, threadId);
  const agent = useStore(chat, (state) => state.agent) ?? session.agents[0]?.id ?? null;

  const sides: ChatSidesProps | null = lists && {
    lists,
    drawer,
    onCloseDrawer: closeDrawer,
    activeId: threadId,
    onNewChat: newChat,
    onOpen: closeDrawer,
    onDeleted: (id) => {
      if (id === threadId) newChat();
    },
  };
  return (
    <div
      style={agentHues(session.agents)}
      className="flex h-full overflow-hidden print:block print:h-auto print:overflow-visible"
    >
      <title>{`${title} · ${look.title}`}</title>
      <div
        className={classNames(
          "hidden w-70 shrink-0 flex-col border-base-300 border-e bg-base-200 print:hidden",
          !embedded && look.show.conversations && "lg:flex",
        )}
      >
        <header className="flex h-14 shrink-0 items-center gap-2.5 px-4">
          <SiteMark className="size-6" />
          <span className="truncate font-semibold text-sm">{look.title}</span>
        </header>
        <Suspense>{sides && <ThreadsSide {...sides} />}</Suspense>
      </div>
      {/* Named, to be told from the main part of a page around a frame. */}
      <main aria-label={look.title} className="flex min-w-0 flex-1 flex-col print:block">
        <ChatHeader
          title={title}
          agent={nameOf(agent)}
          path={path}
          onNewChat={newChat}
          onShow={setDrawer}
        />
        <ChatView
          chat={chat}
          nameOf={nameOf}
          greeting={look.greeting}
          starters={startersFor(look.starters, session.agents)}
          aiNotice={look.ai_notice ?? t("chat.ai_notice")}
          showUsage={look.show.usage}
          ownKey={session.key_source !== "site"}
          from={path}
          onNewChat={newChat}
        />
      </main>
      <div
        className={classNames(
          "hidden w-80 shrink-0 border-base-300 border-s bg-base-200 print:hidden",
          !embedded && look.show.notes && "xl:block",
        )}
      >
        <Suspense>{sides && <NotesSide {...sides} />}</Suspense>
      </div>
      <Suspense>{sides && <Drawers {...sides} />}</Suspense>
    </div>
  );
}

/** The site's own, else ours, unless the operator's agents know nothing of notes. */
function startersFor(own: readonly string[], agents: SignedInSession["agents"]) {
  const keepNotes = agents.some(({ id }) => id === "archivist");
  return own.length > 0 || !keepNotes ? own : noteStarters();
}

const NO_THREADS = createStore<{ items: Thread[] }>(() => ({ items: [] }));

/** The list has new titles first. */
function useTitle(chat: Chat, lists: ChatLists | null, threadId: string | null): string {
  const listed = useStore(lists?.threads ?? NO_THREADS, ({ items }: { items: Thread[] }) =>
    items.find(({ id }) => id === threadId),
  );
  const loaded = useStore(chat, (state) => state.title);
  const missing = useStore(chat, (state) => state.load === "missing");
  if (missing) return t("chat.title_missing");
  return listed?.title ?? loaded ?? t("threads.new");
}

/** Loads the lists at first, and everything in view whenever the tab becomes visible. */
function useFreshLists(lists: ChatLists | null): void {
  useEffect(() => {
    if (!lists) return;
    void lists.threads.refresh();
    void lists.notes.refresh();
    const look = () => {
      if (document.visibilityState === "visible") lists.refresh();
    };
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, [lists]);
}
