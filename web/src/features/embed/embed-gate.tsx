// What stands between a host page and the chat in its frame: waits for the handshake and for the
// session that the host signs in, says why when there is no chat, and gives a bubble that covers
// the screen its "Close chat".
import { X } from "lucide-react";
import { type ReactNode, useEffect, useRef } from "react";
import { useStore } from "zustand/react";
import { Alert } from "../../ui/alert";
import { Button } from "../../ui/button";
import { IconButton } from "../../ui/icon-button";
import { Screen, WaitingScreen } from "../../ui/screen";
import { followHeight } from "./auto-height";
import "./embed.css";
import type { EmbedPhase, EmbedStore } from "./embed-store";

export function EmbedGate({ embed, children }: { embed: EmbedStore; children: ReactNode }) {
  const state = useStore(embed);
  const content = useRef<HTMLDivElement>(null);
  useEffect(() => void embed.start(), [embed]);
  useEffect(() => (state.isBubble ? closeOnEscape(embed) : undefined), [embed, state.isBubble]);
  const isBubbleShown = state.isBubble && state.isShown;
  useEffect(() => {
    if (isBubbleShown) takeFocus();
  }, [isBubbleShown]);
  useEffect(() => {
    if (!state.isAutoHeight || !content.current) return;
    return followHeight(content.current, (height) => embed.reportHeight(height));
  }, [embed, state.isAutoHeight]);

  return (
    <div ref={content} className="embed-gate flex h-full flex-col">
      {state.isCovering && (
        <div className="flex shrink-0 justify-end border-base-300 border-b bg-base-100 px-2 py-1">
          <IconButton
            label="Close chat"
            icon={<X className="size-5" aria-hidden="true" />}
            side="bottom-end"
            small
            onClick={() => embed.close()}
          />
        </div>
      )}
      {state.notice !== null && (
        <Alert
          tone="info"
          className="m-2 shrink-0"
          actions={
            <Button small look="quiet" onClick={() => embed.dismissNotice()}>
              Dismiss
            </Button>
          }
        >
          {state.notice}
        </Alert>
      )}
      <div className="embed-content min-h-0 flex-1">
        {state.phase.name === "open" ? (
          children
        ) : (
          <Interlude phase={state.phase} onRetry={() => void embed.retry()} />
        )}
      </div>
    </div>
  );
}

function Interlude({ phase, onRetry }: { phase: EmbedPhase; onRetry: () => void }) {
  switch (phase.name) {
    case "silent":
      return (
        <Screen>
          <Alert tone="warning">
            The page around this chat has not started it. Reload the page.
          </Alert>
        </Screen>
      );
    case "refused":
      return (
        <Screen>
          <Alert>{phase.reason}</Alert>
        </Screen>
      );
    case "failed":
      return (
        <Screen>
          <Alert
            actions={
              <Button small onClick={onRetry}>
                Try again
              </Button>
            }
          >
            {phase.reason}
          </Alert>
        </Screen>
      );
    case "signed-out":
      return (
        <Screen>
          <Alert
            tone="info"
            actions={
              <Button small onClick={onRetry}>
                Start again
              </Button>
            }
          >
            You are signed out.
          </Alert>
        </Screen>
      );
    default:
      return <WaitingScreen />;
  }
}

/** The visitor opened the bubble to write: a message box that is not there yet takes its turn. */
function takeFocus(): void {
  window.focus();
  document.querySelector<HTMLElement>('textarea[aria-label="Message"]')?.focus();
}

/** Escape closes the bubble, unless it had something to do inside: stop a run, shut a dialog. */
function closeOnEscape(embed: EmbedStore): () => void {
  let isTaken = false;
  // Noted on the way down, before the one that it is meant for acts on it.
  const look = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    isTaken = embed.getState().isRunning || document.querySelector("dialog[open]") !== null;
  };
  const close = (event: KeyboardEvent) => {
    if (event.key === "Escape" && !isTaken && !event.defaultPrevented) embed.close();
  };
  window.addEventListener("keydown", look, true);
  window.addEventListener("keydown", close);
  return () => {
    window.removeEventListener("keydown", look, true);
    window.removeEventListener("keydown", close);
  };
}
