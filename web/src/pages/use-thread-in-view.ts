// The address determines the thread in view; navigations are passed on to the chat.
import { useCallback, useEffect, useRef } from "react";
import { useLocation, useParams } from "react-router";
import type { Chat } from "../features/chat/chat";
import type { ChatEvents } from "../features/chat/chat-events";
import { useAppNavigate } from "../ui/app-link";

export function useThreadInView(chat: Chat, events: ChatEvents) {
  const threadId = useParams().threadId ?? null;
  const navigation = useLocation().key;
  const navigate = useAppNavigate();
  const path = threadId === null ? "/chat" : `/chat/${threadId}`;

  // Before the next effect, whose event must find the new address here.
  useEffect(
    () =>
      events.on((event) => {
        if (event.type !== "threadchange" || event.threadId === null) return;
        // The server has created the conversation.
        if (event.threadId !== threadId) navigate(`/chat/${event.threadId}`, { replace: true });
      }),
    [events, navigate, threadId],
  );

  // biome-ignore lint/correctness/useExhaustiveDependencies: "New chat" navigates from /chat to /chat
  useEffect(() => chat.open(threadId), [chat, threadId, navigation]);

  const startNew = useCallback(() => navigate("/chat"), [navigate]);

  // A conversation that is loading cannot take a message yet.
  const waiting = useRef<string[]>([]);
  useEffect(() => {
    const send = () => {
      if (chat.getState().load === "loading") return;
      for (const text of waiting.current.splice(0)) chat.send(text);
    };
    const stopWaiting = chat.subscribe(send);
    const stopHandling = events.handle((command) => {
      if (command.type === "send") {
        waiting.current.push(command.text);
        send();
      } else if (command.type === "stop") chat.stop();
      else if (command.type === "openThread") navigate(`/chat/${command.threadId}`);
      else startNew();
    });
    return () => {
      stopWaiting();
      stopHandling();
    };
  }, [chat, events, navigate, startNew]);

  return { threadId, path, startNew };
}
