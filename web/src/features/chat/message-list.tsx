// The conversation as a log that scrolls with its end while the user is there.
import { ArrowDown } from "lucide-react";
import { type ReactNode, useLayoutEffect } from "react";
import { t } from "../../i18n/translate";
import { Button } from "../../ui/button";
import { Messages } from "./later";
import type { MessagesProps } from "./messages";
import { useKeptPlace } from "./use-kept-place";
import { useNewestFirst } from "./use-newest-first";
import { useStickToEnd } from "./use-stick-to-end";

export interface MessageListProps extends MessagesProps {
  /** Identifies the conversation: another one opens at its end. */
  view: string;
  empty: ReactNode;
  children: ReactNode;
}

export function MessageList({ view, empty, children, ...shown }: MessageListProps) {
  const messages = useNewestFirst(view, shown.state.messages);
  const none = messages.length === 0;
  const { scroller, content, following, toEnd } = useStickToEnd(view, none);
  useKeptPlace(scroller, messages[0]?.key, view);

  const last = messages.at(-1);
  const sending = last?.status === "sending" ? last.key : null;
  useLayoutEffect(() => {
    if (sending !== null) toEnd();
  }, [sending, toEnd]);

  return (
    <div className="relative min-h-0 flex-1">
      <div
        ref={scroller}
        role="log"
        aria-label={t("chat.conversation")}
        aria-live="off"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls it (WCAG 2.1.1)
        tabIndex={0}
        className="h-full overflow-y-auto overscroll-contain -outline-offset-2 [scrollbar-gutter:stable_both-edges] print:h-auto print:overflow-visible"
      >
        <div
          ref={content}
          className="mx-auto flex min-h-full w-full max-w-3xl flex-col gap-1 px-4 pt-2 pb-6 sm:px-6"
        >
          {none ? empty : <Messages {...shown} state={{ ...shown.state, messages }} />}
          {children}
        </div>
      </div>
      {!following && !none && (
        <div className="pointer-events-none absolute inset-x-0 bottom-3 flex justify-center print:hidden">
          <Button
            small
            className="pointer-events-auto rounded-full bg-base-100 shadow-pop"
            onClick={() => {
              toEnd();
              // This button disappears, so move the focus to its target.
              scroller.current?.focus({ preventScroll: true });
            }}
          >
            <ArrowDown className="size-4" aria-hidden="true" />
            {t("chat.jump")}
          </Button>
        </div>
      )}
    </div>
  );
}
