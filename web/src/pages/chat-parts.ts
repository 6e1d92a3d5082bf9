// What the chat page works on, made outside of it: the page asks no server itself.
import type { ChatEvents } from "../features/chat/chat-events";
import type { ChatStore } from "../features/chat/chat-store";
import type { NotesStore } from "../features/notes/notes-store";
import type { ThreadActivity } from "../features/threads/thread-activity";
import type { ThreadSearch } from "../features/threads/thread-search";
import type { ThreadsStore } from "../features/threads/threads-store";

export interface ChatStores {
  chat: ChatStore;
  threads: ThreadsStore;
  search: ThreadSearch;
  activity: ThreadActivity;
  notes: NotesStore;
  /** What the widget around a frame hears and commands. */
  events: ChatEvents;
  /** Asks the server for all that is in view. */
  refresh: () => void;
  close: () => void;
}
