// The chat page with the stores of the current sign-in.
import { useMemo } from "react";
import { useChatKeeper } from "./chat-keeper";
import { createChatStores } from "./chat-stores";
import { useAuth } from "./features/auth/use-auth";
import { ChatPage } from "./pages/chat-page";

export function ChatRoute() {
  const keeper = useChatKeeper();
  const auth = useAuth();
  const generation = auth.status === "signed-in" ? auth.generation : 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new sign-in gets new stores
  const stores = useMemo(() => keeper.stores(createChatStores), [keeper, generation]);
  return <ChatPage stores={stores} />;
}
