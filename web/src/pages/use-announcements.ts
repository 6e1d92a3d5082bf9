import { useEffect } from "react";
import { announcement } from "../features/chat/announcement";
import type { Chat } from "../features/chat/chat";
import { announce } from "../ui/status-region";

export function useAnnouncements(chat: Chat, nameOf: (agent: string | null) => string): void {
  useEffect(
    () =>
      chat.subscribe((after, before) => {
        const sentence = announcement(before, after, nameOf);
        if (sentence !== null) announce(sentence);
      }),
    [chat, nameOf],
  );
}
