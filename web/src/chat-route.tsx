// The chat page with its stores: those of the sign-in that is looked at.
import { useMemo } from "react";
import { chatStoresOf } from "./chat-stores";
import { useAuthStore } from "./features/auth/use-auth";
import { ChatPage } from "./pages/chat-page";

export function ChatRoute() {
  const auth = useAuthStore();
  const stores = useMemo(() => chatStoresOf(auth), [auth]);
  return <ChatPage stores={stores} />;
}
