// The stores that the chat page uses. The page makes no requests itself.
import type { ChatEvents } from "../features/chat/chat-events";
import type { ChatStore } from "../features/chat/chat-store";
import type { NotesStore } from "../features/notes/notes-store";
import type { ThreadActivity } from "../features/threads/thread-activity";
import type { ThreadSearch } from "../features/threads/thread-search";
import type { ThreadsStore } from "../features/threads/threads-store";

export interface ChatLists {
  threads: ThreadsStore;
  search: ThreadSearch;
  activity: ThreadActivity;
  notes: NotesStore;
  refresh: () => void;
}

export interface ChatStores extends ChatLists {
  chat: ChatStore;
  events: ChatEvents;
  close: () => void;
}
