// The conversation as a log: messages, the lines where agents hand over, what is being waited for.
import { ArrowDown } from "lucide-react";
import { Fragment, type ReactNode, useLayoutEffect } from "react";
import { Button } from "../../ui/button";
import { type ChatMessage, handedOverBy, isBareHandoff } from "./chat-state";
import { Handoff } from "./handoff";
import { MessageItem, Thinking } from "./message-item";
import { useStickToEnd } from "./use-stick-to-end";

export interface MessageListProps {
  /** Names the conversation: another one opens at its end. */
  view: string | null;
  messages: ChatMessage[];
  nameOf: (agent: string | null) => string;
  answering: boolean;
  /** A run, seen as ended or not, still stands in the way of changes. */
  idle: boolean;
  onEdit: (messageId: string, text: string) => boolean;
  onRegenerate: () => void;
  /** Shown in place of messages. */
  empty: ReactNode;
  /** Shown below the last message. */
  children: ReactNode;
}

export function MessageList(props: MessageListProps) {
  const { view, messages, nameOf, answering, idle, onEdit, onRegenerate } = props;
  const { scroller, content, following, toEnd } = useStickToEnd(view);
  const last = messages.length - 1;

  // What one sends, one sees.
  const sending = messages[last]?.status === "sending" ? messages[last].key : null;
  useLayoutEffect(() => {
    if (sending !== null) toEnd();
  }, [sending, toEnd]);

  return (
    <div className="relative min-h-0 flex-1">
      <div
        ref={scroller}
        role="log"
        aria-label="Conversation"
        aria-live="off"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls it (WCAG 2.1.1)
        tabIndex={0}
        className="h-full overflow-y-auto overscroll-contain -outline-offset-2 [scrollbar-gutter:stable]"
      >
        <div
          ref={content}
          className="mx-auto flex min-h-full w-full max-w-3xl flex-col gap-1 px-4 pt-2 pb-6 sm:px-6"
        >
          {messages.length === 0 && props.empty}
          {messages.map((message, index) => {
            const from = handedOverBy(messages, index);
            return (
              <Fragment key={message.key}>
                {from !== null && <Handoff from={nameOf(from)} to={nameOf(message.agent)} />}
                {!isBareHandoff(message) && (
                  <MessageItem
                    message={message}
                    name={nameOf(message.agent)}
                    idle={idle}
                    last={index === last}
                    onEdit={onEdit}
                    onRegenerate={onRegenerate}
                  />
                )}
              </Fragment>
            );
          })}
          {answering && messages[last]?.role === "user" && <Thinking />}
          {props.children}
        </div>
      </div>
      {!following && (
        <div className="pointer-events-none absolute inset-x-0 bottom-3 flex justify-center">
          <Button
            small
            className="pointer-events-auto rounded-full bg-base-100 shadow-pop"
            onClick={toEnd}
          >
            <ArrowDown className="size-4" aria-hidden="true" />
            Jump to latest
          </Button>
        </div>
      )}
    </div>
  );
}
