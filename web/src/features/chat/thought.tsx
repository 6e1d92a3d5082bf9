// The model's reasoning, collapsed at first, live while it arrives.
import { Brain } from "lucide-react";
import { useEffect, useState } from "react";
import { t } from "../../i18n/translate";
import { classNames } from "../../ui/class-names";
import { ScrollBox } from "../../ui/scroll-box";
import type { Thought } from "./chat-state";
import { Disclosure } from "./disclosure";

export function ThoughtDisclosure({ thought, growing }: { thought: Thought; growing: boolean }) {
  const live = growing && thought.seconds === null;
  return (
    <Disclosure
      icon={
        <Brain
          className={classNames("size-4 shrink-0 text-muted", live && "animate-pulse")}
          aria-hidden="true"
        />
      }
      label={live ? t("chat.thinking") : thoughtWords(thought)}
      className="text-muted"
    >
      <ScrollBox
        label={t("chat.thought")}
        dir="auto"
        className="max-h-80 overflow-y-auto whitespace-pre-wrap wrap-anywhere"
      >
        {thought.text}
      </ScrollBox>
      {live && <Elapsed since={thought.since} />}
    </Disclosure>
  );
}

/** After a reload the duration is unknown. */
function thoughtWords({ seconds }: Thought): string {
  return seconds === null ? t("chat.thought") : t("chat.thought_for", { seconds });
}

function Elapsed({ since }: { since: number | null }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const seconds = since === null ? 0 : Math.max(0, Math.round((now - since) / 1000));
  return (
    <p aria-hidden="true" className="pt-2 text-xs">
      {t("chat.seconds", { seconds })}
    </p>
  );
}
