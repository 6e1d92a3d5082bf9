// The chat page at its address. Visitors can type before the code that sends is loaded.
import { useEffect, useState } from "react";
import { type ChatKeeper, useChatKeeper } from "./chat-keeper";
import { useAuth } from "./features/auth/use-auth";
import { PendingChat } from "./features/chat/pending-chat";
import { ChatPage } from "./pages/chat-page";
import type { ChatStores } from "./pages/chat-parts";

const load = () => import("./chat-stores");

export function ChatRoute() {
  const keeper = useChatKeeper();
  const [pending] = useState(() => new PendingChat());
  const stores = useChatStores(keeper, pending);
  useEffect(() => {
    // After the page has opened its thread.
    if (stores) pending.handOver(stores.chat);
  }, [stores, pending]);
  return <ChatPage chat={stores?.chat ?? pending} lists={stores} events={keeper.events} />;
}

function useChatStores(keeper: ChatKeeper, pending: PendingChat): ChatStores | null {
  const auth = useAuth();
  const generation = auth.status === "signed-in" ? auth.generation : 0;
  const [, setFetched] = useState(0);
  const stores = keeper.current();

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new sign-in gets new stores
  useEffect(() => {
    if (keeper.current()) return;
    return pending.load(async () => {
      const { createChatStores } = await load();
      keeper.stores(createChatStores);
      setFetched((count) => count + 1);
    });
  }, [keeper, pending, generation]);

  return stores;
}
