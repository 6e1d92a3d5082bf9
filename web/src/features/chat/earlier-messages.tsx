// The way to messages above those on the page: they load when the reader scrolls up to here.
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
    // Only a reader who scrolls gets here; a list that opens is at its end.
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
