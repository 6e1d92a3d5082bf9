// The composition root of the chat page: creates its stores and connects them to the API, to each
// other and to other tabs. Loaded after the page is shown.
import * as chatApi from "./api/chat";
import { readRun } from "./api/event-stream";
import * as notesApi from "./api/notes";
import { openTabChannel, type TabMessage } from "./api/tab-channel";
import * as threadsApi from "./api/threads";
import type { ChatSeam } from "./chat-keeper";
import { isAnswering } from "./features/chat/chat-state";
import { ChatStore } from "./features/chat/chat-store";
import { NotesStore } from "./features/notes/notes-store";
import { ThreadActivity } from "./features/threads/thread-activity";
import { ThreadSearch } from "./features/threads/thread-search";
import { ThreadsStore } from "./features/threads/threads-store";
import type { ChatStores } from "./pages/chat-parts";

export function createChatStores({ events, page }: ChatSeam): ChatStores {
  const channel = openTabChannel();
  const threads = new ThreadsStore(threadsApi, () => channel.post({ type: "threads_changed" }));
  const search = new ThreadSearch(threadsApi);
  const activity = new ThreadActivity();
  const notes = new NotesStore(notesApi, () => channel.post({ type: "notes_changed" }));
  const chat = new ChatStore({
    server: { ...chatApi, getThread: threadsApi.getThread, readRun },
    events,
    page,
    notify: (message) => {
      channel.post(message);
      refreshLists(message);
      noteActivity(message);
    },
    onFrame,
    newId,
  });

  function refreshLists(message: TabMessage): void {
    if (message.type === "notes_changed") void notes.refresh();
    else if (message.type === "run_ended" || message.type === "threads_changed") {
      void threads.refresh();
    }
  }

  /** A visible thread is read; other tabs must know that its answer was seen. */
  function noteActivity(message: TabMessage): void {
    if (!("threadId" in message)) return;
    const { threadId } = message;
    const inView = isOnScreen(threadId, chat);
    if (activity.hear(message, inView)) channel.post({ type: "thread_read", threadId });
  }

  /** Removes the mark of a run whose end nobody has told, too. */
  function readThreadInView(): void {
    const state = chat.getState();
    const { threadId, load } = state;
    if (threadId === null || load !== "ready" || isAnswering(state)) return;
    if (!isOnScreen(threadId, chat)) return;
    if (activity.read(threadId)) channel.post({ type: "thread_read", threadId });
  }

  chat.subscribe(readThreadInView);

  channel.listen((message) => {
    refreshLists(message);
    noteActivity(message);
    chat.hear(message);
  });

  return {
    chat,
    threads,
    search,
    activity,
    notes,
    events,
    refresh: () => {
      readThreadInView();
      chat.refresh();
      void threads.refresh();
      void notes.refresh();
    },
    close: () => {
      channel.close();
      chat.reset();
    },
  };
}

function isOnScreen(threadId: string, chat: ChatStore): boolean {
  return chat.getState().threadId === threadId && document.visibilityState === "visible";
}

/** Browsers offer `randomUUID` only over https. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Hidden tabs are not painted, so there it runs soon. */
function onFrame(run: () => void): () => void {
  if (document.visibilityState === "hidden") {
    const timer = setTimeout(run, 250);
    return () => clearTimeout(timer);
  }
  const frame = requestAnimationFrame(run);
  return () => cancelAnimationFrame(frame);
}
