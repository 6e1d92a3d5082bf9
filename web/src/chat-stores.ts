// The stores behind the chat page. They live as long as a sign-in, not as long as the page: a run
// goes on being read while the settings are open. Other tabs are heard here.
import * as chatApi from "./api/chat";
import type { ReadRunOptions, StreamEnd } from "./api/event-stream";
import { ApiError } from "./api/http";
import * as notesApi from "./api/notes";
import { openTabChannel, type TabMessage } from "./api/tab-channel";
import * as threadsApi from "./api/threads";
import type { AuthStore } from "./features/auth/auth-store";
import { ChatEvents } from "./features/chat/chat-events";
import { ChatStore } from "./features/chat/chat-store";
import { forgetDrafts } from "./features/chat/drafts";
import { NotesStore } from "./features/notes/notes-store";
import { ThreadsStore } from "./features/threads/threads-store";
import type { ChatStores } from "./pages/chat-parts";

/** Where the widget around a frame hears of the chat and tells it what to do. */
export const chatEvents = new ChatEvents();

function makeStores(): ChatStores {
  loadStream().catch(() => {
    // The first message asks again.
  });
  const channel = openTabChannel();
  const threads = new ThreadsStore(threadsApi, () => channel.post({ type: "threads_changed" }));
  const notes = new NotesStore(notesApi, () => channel.post({ type: "notes_changed" }));
  const chat = new ChatStore({
    server: { ...chatApi, getThread: (id) => threadsApi.getThread(id), readRun },
    events: chatEvents,
    notify: (message) => {
      channel.post(message);
      refreshLists(message);
    },
    onFrame,
    newId,
  });

  function refreshLists(message: TabMessage): void {
    if (message.type === "notes_changed") void notes.refresh();
    else if (message.type !== "run_started") void threads.refresh();
  }

  channel.listen((message) => {
    refreshLists(message);
    chat.hear(message);
  });

  return {
    chat,
    threads,
    notes,
    events: chatEvents,
    refresh: () => {
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

const loadStream = () => import("./api/event-stream");

/** Reads a run with what was fetched for that after the first paint. */
async function readRun(options: ReadRunOptions): Promise<StreamEnd> {
  let stream: Awaited<ReturnType<typeof loadStream>>;
  try {
    stream = await loadStream();
  } catch {
    throw new ApiError(0, "offline", "The server cannot be reached. Try again in a moment.");
  }
  return stream.readRun(options);
}

/** 128 random bits. `randomUUID` is missing on plain-http pages, which development may be. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Before the next paint; in a tab that is not painted, soon. */
function onFrame(run: () => void): () => void {
  if (document.visibilityState === "hidden") {
    const timer = setTimeout(run, 250);
    return () => clearTimeout(timer);
  }
  const frame = requestAnimationFrame(run);
  return () => cancelAnimationFrame(frame);
}

interface Made {
  generation: number;
  stores: ChatStores;
}

const made = new WeakMap<AuthStore, Made>();
const watched = new WeakSet<AuthStore>();

/** The stores of this sign-in; another one's are let go of. */
export function chatStoresOf(auth: AuthStore): ChatStores {
  const state = auth.getState();
  const generation = state.status === "signed-in" ? state.generation : 0;
  const before = made.get(auth);
  if (before?.generation === generation) return before.stores;
  before?.stores.close();
  if (!watched.has(auth)) {
    watched.add(auth);
    auth.subscribe(() => letGoOnSignOut(auth));
  }
  const stores = makeStores();
  made.set(auth, { generation, stores });
  return stores;
}

/** Nothing of an owner stays when they are gone; drafts do, if the session ended by itself. */
function letGoOnSignOut(auth: AuthStore): void {
  const state = auth.getState();
  if (state.status !== "signed-out") return;
  if (state.reason === "here" || state.reason === "elsewhere") forgetDrafts();
  made.get(auth)?.stores.close();
  made.delete(auth);
}
