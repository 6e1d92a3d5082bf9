// A sign of life while nothing arrives. The status region announces it, so here it is drawn by the
// style sheet.
import { useEffect, useState } from "react";
import { t } from "../../i18n/translate";
import { announce } from "../../ui/status-region";
import type { ChatState } from "./chat-state";

const SILENCE_MS = 2_000;

export function StillWorking({ state }: { state: ChatState }) {
  const { messages, reconnecting } = state;
  const last = messages.at(-1);
  const [quiet, setQuiet] = useState(false);

  // biome-ignore lint/correctness/useExhaustiveDependencies: whatever arrives breaks the silence
  useEffect(() => {
    setQuiet(false);
    const timer = setTimeout(() => {
      setQuiet(true);
      announce(t("chat.still_working"));
    }, SILENCE_MS);
    return () => clearTimeout(timer);
  }, [last]);

  if (!quiet || reconnecting) return null;
  return (
    <p
      aria-hidden="true"
      data-words={t("chat.still_working")}
      className="animate-pulse py-1 text-muted text-sm before:content-[attr(data-words)]"
    />
  );
}
