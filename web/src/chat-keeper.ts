// Keeps the chat's stores for as long as a sign-in: a run is still read while the settings are open.
import { createContext, useContext } from "react";
import type { AuthStore } from "./features/auth/auth-store";
import { ChatEvents } from "./features/chat/chat-events";
import { forgetDrafts } from "./features/chat/drafts";
import type { ChatStores } from "./pages/chat-parts";

export class ChatKeeper {
  readonly events = new ChatEvents();
  private kept: { generation: number; stores: ChatStores } | null = null;

  constructor(private readonly auth: AuthStore) {
    auth.subscribe((state) => {
      if (state.status !== "signed-out") return;
      // A session that expired leaves the drafts for the next sign-in.
      if (state.reason === "here" || state.reason === "elsewhere") forgetDrafts();
      this.close();
    });
  }

  /** The stores of this sign-in; a new sign-in may be another owner and gets new ones. */
  stores(create: (events: ChatEvents) => ChatStores): ChatStores {
    const state = this.auth.getState();
    const generation = state.status === "signed-in" ? state.generation : 0;
    if (this.kept?.generation !== generation) {
      this.close();
      this.kept = { generation, stores: create(this.events) };
    }
    return this.kept.stores;
  }

  private close(): void {
    this.kept?.stores.close();
    this.kept = null;
  }
}

export const ChatContext = createContext<ChatKeeper | null>(null);

export function useChatKeeper(): ChatKeeper {
  const keeper = useContext(ChatContext);
  if (!keeper) throw new Error("useChatKeeper is used outside ChatContext");
  return keeper;
}
