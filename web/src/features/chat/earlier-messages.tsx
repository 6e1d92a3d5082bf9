// Loads earlier messages when the user scrolls up to here.
import { useEffect, useRef } from "react";
import { t } from "../../i18n/translate";
import { Button } from "../../ui/button";
import type { Chat } from "./chat";
import type { ChatState } from "./chat-state";

export function EarlierMessages({ chat, state }: { chat: Chat; state: ChatState }) {
  const { nextBefore, older, load } = state;
  const place = useRef<HTMLDivElement>(null);
  const wanted = load === "ready" && older === "idle" && nextBefore !== null;

  useEffect(() => {
    const element = place.current;
    if (!wanted || !element) return;
    const scroller = element.closest("[role=log]");
    // A list opens at its end, so this is visible only after scrolling.
    const onScroll = () => {
      if (scroller && scroller.scrollTop < scroller.clientHeight) chat.loadOlder();
    };
    scroller?.addEventListener("scroll", onScroll, { passive: true });
    return () => scroller?.removeEventListener("scroll", onScroll);
  }, [chat, wanted]);

  if (nextBefore === null) return null;
  return (
    <div ref={place} className="flex justify-center py-2 print:hidden">
      <Button small busy={older === "loading"} onClick={() => chat.loadOlder()}>
        {older === "failed" ? t("ui.try_again") : t("chat.earlier")}
      </Button>
    </div>
  );
}
