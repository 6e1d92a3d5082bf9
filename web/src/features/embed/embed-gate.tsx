// Shows the chat in a frame after the handshake and the host page's sign-in, or the reason why not.
// In a bubble that covers the screen it adds a "Close chat" button.
import { X } from "lucide-react";
import { type ReactNode, useEffect, useRef } from "react";
import { useStore } from "zustand/react";
import { t } from "../../i18n/translate";
import { Alert } from "../../ui/alert";
import { Button } from "../../ui/button";
import { IconButton } from "../../ui/icon-button";
import { followHeight } from "./auto-height";
import "./embed.css";
import type { EmbedStore } from "./embed-store";
import { closeOnEscape } from "./escape";
import { Interlude } from "./interlude";
import { takeFocus } from "./take-focus";

export function EmbedGate({ embed, children }: { embed: EmbedStore; children: ReactNode }) {
  const state = useStore(embed);
  const { isAutoHeight, isBubble, openings } = state;
  const content = useRef<HTMLDivElement>(null);
  useEffect(() => void embed.start(), [embed]);
  useEffect(() => {
    if (!isBubble) return;
    return closeOnEscape(
      () => embed.getState().isRunning,
      () => embed.close(),
    );
  }, [embed, isBubble]);
  useEffect(() => (openings > 0 ? takeFocus() : undefined), [openings]);
  useEffect(() => {
    if (!isAutoHeight || !content.current) return;
    return followHeight(content.current, (height) => embed.reportHeight(height));
  }, [embed, isAutoHeight]);

  return (
    <div ref={content} className="embed-gate flex h-full flex-col">
      {state.isCovering && (
        <div className="flex shrink-0 justify-end border-base-300 border-b bg-base-100 px-2 py-1">
          <IconButton
            label={t("embed.close")}
            icon={<X className="size-5" aria-hidden="true" />}
            side="bottom-end"
            small
            onClick={() => embed.close()}
          />
        </div>
      )}
      {state.hasLostThread && (
        <Alert
          tone="info"
          className="m-2 shrink-0"
          actions={
            <Button small look="quiet" onClick={() => embed.dismissNotice()}>
              {t("embed.dismiss")}
            </Button>
          }
        >
          {t("embed.new_conversation")}
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
