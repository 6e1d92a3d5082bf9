// Sends, or stops the live run. A second click meant for "Send" must not stop the answer, so "Stop"
// takes effect half a second after it appears.
import { ArrowUp, Square } from "lucide-react";
import { useEffect, useState } from "react";
import { t } from "../../i18n/translate";

const SETTLE_MS = 500;

export interface SendButtonProps {
  answering: boolean;
  blocked: boolean;
  onStop: () => void;
}

export function SendButton({ answering, blocked, onStop }: SendButtonProps) {
  const settled = useSettled(answering);
  const icon = answering ? (
    <Square className="size-3.5 fill-current" aria-hidden="true" />
  ) : (
    <ArrowUp className="size-4.5" aria-hidden="true" />
  );
  // One element for both, so that it keeps the focus.
  return (
    <button
      type={answering ? "button" : "submit"}
      aria-label={answering ? t("chat.stop") : t("chat.send")}
      aria-disabled={(answering && !settled) || undefined}
      disabled={!answering && blocked}
      // The message box keeps the focus, and with it a touch screen's keyboard.
      onMouseDown={(event) => event.preventDefault()}
      onClick={() => {
        if (answering && settled) onStop();
      }}
      className="btn btn-primary btn-circle size-9 min-h-0 shrink-0 pointer-coarse:size-11"
    >
      {icon}
    </button>
  );
}

function useSettled(active: boolean): boolean {
  const [settled, setSettled] = useState(false);
  useEffect(() => {
    setSettled(false);
    if (!active) return;
    const timer = setTimeout(() => setSettled(true), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [active]);
  return active && settled;
}
