// Shows the chat in a frame after the handshake and the host page's sign-in, or the reason why not.
// In a bubble that covers the screen it adds a "Close chat" button.
import { X } from "lucide-react";
import { type ReactNode, useEffect, useRef } from "react";
import { useStore } from "zustand/react";
import { useLocale } from "../../i18n/locale";
import { t } from "../../i18n/translate";
import { Alert } from "../../ui/alert";
import { Button } from "../../ui/button";
import { classNames } from "../../ui/class-names";
import { IconButton } from "../../ui/icon-button";
import { followHeight } from "./auto-height";
import "./embed.css";
import type { EmbedStore } from "./embed-store";
import { closeOnEscape } from "./escape";
import { Interlude } from "./interlude";
import { takeFocus } from "./take-focus";

export function EmbedGate({ embed, children }: { embed: EmbedStore; children: ReactNode }) {
  const state = useStore(embed);
  useLocale();
  const { isAutoHeight, isBubble, openings } = state;
  const content = useRef<HTMLDivElement>(null);
  useEffect(() => void embed.start(), [embed]);
  useEffect(() => {
    if (!isBubble) return;
    return closeOnEscape(() => embed.close());
  }, [embed, isBubble]);
  useEffect(() => (openings > 0 ? takeFocus() : undefined), [openings]);
  useEffect(() => {
    if (!isAutoHeight || !content.current) return;
    return followHeight(content.current, (height) => embed.reportHeight(height));
  }, [embed, isAutoHeight]);

  return (
    <div
      ref={content}
      className={classNames(
        "embed-gate relative flex h-full flex-col",
        state.isCovering && "[--header-end:--spacing(12)]",
      )}
    >
      {state.isCovering && (
        // In the row of the page's header, which leaves room for it.
        <div className="absolute end-2 top-0 z-10 flex h-14 items-center print:hidden">
          <IconButton
            label={t("embed.close")}
            icon={<X className="size-4.5" aria-hidden="true" />}
            side="bottom-end"
            onClick={() => embed.close()}
          />
        </div>
      )}
      {state.hasLostThread && (
        <Alert
          tone="info"
          className="m-2 me-[calc(--spacing(2)+var(--header-end,0px))] shrink-0"
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
