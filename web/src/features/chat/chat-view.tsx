import { RefreshCw } from "lucide-react";
import { useCallback, useEffect, useRef } from "react";
import { useStore } from "zustand/react";
import { t } from "../../i18n/translate";
import { Beginning } from "./beginning";
import type { Chat } from "./chat";
import { isAnswering, threadUsage } from "./chat-state";
import { Composer } from "./composer";
import { ChatErrorAlert, preload } from "./later";
import { MessageList } from "./message-list";
import { usageWords } from "./usage-words";
import { useStopOnEscape } from "./use-stop-on-escape";

export interface ChatViewProps {
  chat: Chat;
  nameOf: (agent: string | null) => string;
  greeting: string;
  starters: readonly string[];
  /** Empty for none. */
  aiNotice: string;
  showUsage: boolean;
  /** Whether the key is the visitor's own, to be changed in the settings. */
  ownKey: boolean;
  /** The address of this conversation, for returning from the settings. */
  from: string;
  onNewChat: () => void;
}

export function ChatView(props: ChatViewProps) {
  const { chat, nameOf, onNewChat } = props;
  const state = useStore(chat);
  const { threadId, messages, error, returned } = state;
  const answering = isAnswering(state);

  useEffect(preload, []);
  useStopOnEscape(chat, answering);

  // The clicked button disappears, so move the focus to the message box; not on a touch screen,
  // where a keyboard would cover the answer.
  const box = useRef<HTMLTextAreaElement>(null);
  const toBox = useCallback((sent: boolean) => {
    if (sent && !matchMedia("(pointer: coarse)").matches) box.current?.focus();
    return sent;
  }, []);
  const send = useCallback((text: string) => chat.send(text), [chat]);
  const edit = useCallback((id: string, text: string) => toBox(chat.edit(id, text)), [chat, toBox]);
  const regenerate = useCallback(() => void toBox(chat.regenerate()), [chat, toBox]);
  const retry = () => toBox(chat.retry());
  const usage = props.showUsage ? threadUsage(messages) : null;

  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <MessageList
        chat={chat}
        view={`${threadId}:${state.load}`}
        state={state}
        nameOf={nameOf}
        showUsage={props.showUsage}
        onEdit={edit}
        onRegenerate={regenerate}
        empty={
          <Beginning
            state={state}
            greeting={props.greeting}
            starters={props.starters}
            onStart={(text) => toBox(send(text))}
            onNewChat={onNewChat}
            onRetry={retry}
          />
        }
      >
        {error !== null && state.load === "ready" && (
          <ChatErrorAlert
            error={error}
            ownKey={props.ownKey}
            returned={returned !== null}
            onRetry={retry}
            from={props.from}
          />
        )}
      </MessageList>
      {/* The same gutters as the list's, so that both stand on the same line. */}
      <div className="shrink-0 overflow-y-hidden pt-1 [scrollbar-gutter:stable_both-edges] print:hidden">
        <div className="mx-auto w-full max-w-3xl px-4 pb-[max(0.25rem,env(safe-area-inset-bottom))] sm:px-6">
          {state.reconnecting && answering && (
            <p aria-hidden="true" className="mb-2 flex items-center gap-2 px-2 text-muted text-sm">
              <RefreshCw className="size-3.5 animate-spin" />
              {t("status.reconnecting")}
            </p>
          )}
          <Composer
            box={box}
            threadId={threadId}
            answering={answering}
            returned={returned}
            disabled={state.load === "missing"}
            onSend={send}
            onStop={() => chat.stop()}
          />
          <p className="min-h-6 px-2 pt-1.5 text-balance text-center text-muted text-xs">
            {props.aiNotice !== "" && <bdi className="mx-1.5">{props.aiNotice}</bdi>}{" "}
            {usage !== null && t("chat.usage_total", { usage: usageWords(usage) })}
          </p>
        </div>
      </div>
    </div>
  );
}
