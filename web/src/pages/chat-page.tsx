// The chat: conversations on the left, the one in view in the middle, notes on the right. On
// narrow screens both sides are drawers; in a frame the conversations are one at any width.
import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from "react";
import { useLocation, useParams } from "react-router";
import { useStore } from "zustand/react";
import { useSession } from "../features/auth/use-auth";
import { announcement } from "../features/chat/announcement";
import { ChatView } from "../features/chat/chat-view";
import { useLook } from "../features/site/site-gate";
import type { Agent } from "../protocol/types";
import { useAppNavigate, useEmbedded } from "../ui/app-link";
import { BrandMark } from "../ui/brand-mark";
import { classNames } from "../ui/class-names";
import { announce } from "../ui/status-region";
import { ChatHeader } from "./chat-header";
import type { ChatStores } from "./chat-parts";
import type { ChatSidesProps, Side } from "./chat-sides";

const loadSides = () => import("./chat-sides");
const ThreadsSide = lazy(async () => ({ default: (await loadSides()).ThreadsSide }));
const NotesSide = lazy(async () => ({ default: (await loadSides()).NotesSide }));
const Drawers = lazy(async () => ({ default: (await loadSides()).Drawers }));

export function ChatPage({ stores }: { stores: ChatStores }) {
  const session = useSession();
  const look = useLook();
  const embedded = useEmbedded();
  const { chat, threads } = stores;
  const nameOf = useAgentNames(session.agents);
  const [drawer, setDrawer] = useState<Side | null>(null);
  const closeDrawer = useCallback(() => setDrawer(null), []);

  const { threadId, path, startNew } = useThreadInView(stores);
  useLiveData(stores);
  useAnnouncements(stores, nameOf);

  const newChat = () => {
    closeDrawer();
    startNew();
  };
  const listed = useStore(threads, ({ items }) => items.find(({ id }) => id === threadId));
  const loadedTitle = useStore(chat, (state) => state.title);
  const agent = useStore(chat, (state) => state.agent) ?? session.agents[0]?.id ?? null;
  const missing = useStore(chat, (state) => state.load === "missing");
  const title = missing ? "Not found" : (listed?.title ?? loadedTitle ?? "New chat");

  const sides: ChatSidesProps = {
    stores,
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
    <div className="flex h-full overflow-hidden">
      <title>{`${title} · ${look.title}`}</title>
      <div
        className={classNames(
          "hidden w-70 shrink-0 flex-col border-base-300 border-r bg-base-200",
          !embedded && "lg:flex",
        )}
      >
        <header className="flex h-14 shrink-0 items-center gap-2.5 px-4">
          <BrandMark className="size-6" />
          <span className="truncate font-semibold text-sm">{look.title}</span>
        </header>
        <Suspense>
          <ThreadsSide {...sides} />
        </Suspense>
      </div>
      {/* Named, to be told from the main part of a page around a frame. */}
      <main aria-label={look.title} className="flex min-w-0 flex-1 flex-col">
        <ChatHeader
          title={title}
          agent={nameOf(agent)}
          path={path}
          embedded={embedded}
          onShowThreads={() => setDrawer("threads")}
          onShowNotes={() => setDrawer("notes")}
        />
        <ChatView
          store={chat}
          nameOf={nameOf}
          greeting={look.greeting}
          starters={look.starters}
          ownKey={session.key_source !== "site"}
          from={path}
          onNewChat={newChat}
        />
      </main>
      <div className="hidden w-80 shrink-0 border-base-300 border-l bg-base-200 xl:block">
        <Suspense>
          <NotesSide {...sides} />
        </Suspense>
      </div>
      <Suspense>
        <Drawers {...sides} />
      </Suspense>
    </div>
  );
}

/** The address decides which thread is in view; every navigation is passed on to the chat. */
function useThreadInView({ chat, events }: ChatStores) {
  const threadId = useParams().threadId ?? null;
  const navigation = useLocation().key;
  const navigate = useAppNavigate();
  const path = threadId === null ? "/chat" : `/chat/${threadId}`;

  // Before the next effect, whose event must find the new address here.
  useEffect(
    () =>
      events.on((event) => {
        if (event.type !== "threadchange" || event.threadId === null) return;
        // The server has named a new conversation.
        if (event.threadId !== threadId) navigate(`/chat/${event.threadId}`, { replace: true });
      }),
    [events, navigate, threadId],
  );

  // biome-ignore lint/correctness/useExhaustiveDependencies: "New chat" navigates from /chat to /chat
  useEffect(() => chat.open(threadId), [chat, threadId, navigation]);

  const startNew = useCallback(() => navigate("/chat"), [navigate]);

  useEffect(
    () =>
      events.handle((command) => {
        if (command.type === "send") chat.send(command.text);
        else if (command.type === "stop") chat.stop();
        else startNew();
      }),
    [chat, events, startNew],
  );

  return { threadId, path, startNew };
}

/** Fetches what is in view on arrival and whenever the tab is looked at again. */
function useLiveData(stores: ChatStores): void {
  useEffect(() => {
    void stores.threads.refresh();
    void stores.notes.refresh();
    const look = () => {
      if (document.visibilityState === "visible") stores.refresh();
    };
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, [stores]);
}

function useAnnouncements({ chat }: ChatStores, nameOf: (agent: string | null) => string): void {
  useEffect(() => {
    let before = chat.getState();
    return chat.subscribe(() => {
      const after = chat.getState();
      const sentence = announcement(before, after, nameOf);
      before = after;
      if (sentence !== null) announce(sentence);
    });
  }, [chat, nameOf]);
}

/** An agent's name by its id; agents that are gone from the list are named by their id. */
function useAgentNames(agents: readonly Agent[]): (agent: string | null) => string {
  // The list comes anew with every look at the session, and is the same almost always.
  const listed = JSON.stringify(agents);
  return useMemo(() => {
    const names = new Map((JSON.parse(listed) as Agent[]).map(({ id, name }) => [id, name]));
    return (agent) => {
      if (agent === null) return "Assistant";
      return names.get(agent) ?? agent.charAt(0).toUpperCase() + agent.slice(1);
    };
  }, [listed]);
}
