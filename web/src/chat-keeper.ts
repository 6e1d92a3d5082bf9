// Keeps the chat's stores as long as the session: runs are still read while the settings are open.
import { createContext, useContext } from "react";
import type { AuthStore } from "./features/auth/auth-store";
import { ChatEvents } from "./features/chat/chat-events";
import { NO_PAGE_TOOLS, type PageTools } from "./features/chat/page-tools";
import type { ChatStores } from "./pages/chat-parts";
import { forgetPrivateTexts, keepPrivateTextsFor } from "./private-texts";

export interface ChatSeam {
  readonly events: ChatEvents;
  /** The page's tools and context; set before the chat is shown. */
  page: PageTools;
}

export class ChatKeeper implements ChatSeam {
  readonly events = new ChatEvents();
  page = NO_PAGE_TOOLS;
  private kept: { generation: number; stores: ChatStores } | null = null;

  constructor(private readonly auth: AuthStore) {
    auth.subscribe((state) => {
      if (state.status === "signed-in") keepPrivateTextsFor(state.session.user_tag);
      if (state.status !== "signed-out") return;
      // An expired session leaves its drafts for the next sign-in.
      if (state.reason === "here" || state.reason === "elsewhere") forgetPrivateTexts();
      this.close();
    });
  }

  current(): ChatStores | null {
    if (this.kept && this.kept.generation !== this.generation()) this.close();
    return this.kept?.stores ?? null;
  }

  stores(create: (seam: ChatSeam) => ChatStores): ChatStores {
    const stores = this.current() ?? create(this);
    this.kept = { generation: this.generation(), stores };
    return stores;
  }

  private generation(): number {
    const state = this.auth.getState();
    return state.status === "signed-in" ? state.generation : 0;
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
