// The chat on the page: the conversation, what went wrong, and the message box.
import { RefreshCw } from "lucide-react";
import { type ReactNode, useCallback, useEffect, useRef } from "react";
import { useStore } from "zustand/react";
import { Spinner } from "../../ui/spinner";
import { type ChatState, isAnswering, threadUsage } from "./chat-state";
import type { ChatStore } from "./chat-store";
import { Composer } from "./composer";
import { Greeting } from "./greeting";
import { ChatErrorAlert, NotShown, preload } from "./later";
import { MessageList } from "./message-list";
import { usageWords } from "./usage-words";

export interface ChatViewProps {
  store: ChatStore;
  nameOf: (agent: string | null) => string;
  greeting: string;
  starters: readonly string[];
  /** The key is the visitor's own, to change on the settings page. */
  ownKey: boolean;
  /** This conversation's address, for the way back from the settings. */
  from: string;
  onNewChat: () => void;
}

export function ChatView(props: ChatViewProps) {
  const { store, nameOf, onNewChat } = props;
  const state = useStore(store);
  const { threadId, messages, error, returned } = state;
  const answering = isAnswering(state);

  useEffect(preload, []);
  useStopOnEscape(store, answering);

  // What was pressed to send goes away: the focus moves on to the box instead of getting lost. Not
  // on a touch screen, where that would put the keyboard over the answer.
  const box = useRef<HTMLTextAreaElement>(null);
  const toBox = useCallback((sent: boolean) => {
    if (sent && !matchMedia("(pointer: coarse)").matches) box.current?.focus();
    return sent;
  }, []);
  const send = useCallback((text: string) => store.send(text), [store]);
  const start = (text: string) => toBox(send(text));
  const edit = useCallback(
    (id: string, text: string) => toBox(store.edit(id, text)),
    [store, toBox],
  );
  const regenerate = useCallback(() => void toBox(store.regenerate()), [store, toBox]);
  const retry = () => toBox(store.retry());
  const usage = threadUsage(messages);

  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <MessageList
        view={`${threadId}:${state.load}`}
        messages={messages}
        nameOf={nameOf}
        answering={answering}
        onEdit={edit}
        onRegenerate={regenerate}
        empty={
          <Beginning state={state} onNewChat={onNewChat} onRetry={retry}>
            <Greeting greeting={props.greeting} starters={props.starters} onStart={start} />
          </Beginning>
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
      {/* The same gutter as the list's, so that both stand on the same line. */}
      <div className="shrink-0 overflow-y-hidden pt-1 [scrollbar-gutter:stable]">
        <div className="mx-auto w-full max-w-3xl px-3 pb-[max(0.25rem,env(safe-area-inset-bottom))] sm:px-6">
          {state.reconnecting && answering && (
            <p aria-hidden="true" className="mb-2 flex items-center gap-2 px-2 text-muted text-sm">
              <RefreshCw className="size-3.5 animate-spin" />
              Reconnecting…
            </p>
          )}
          <Composer
            box={box}
            threadId={threadId}
            answering={answering}
            returned={returned}
            disabled={state.load === "missing"}
            onSend={send}
            onStop={() => store.stop()}
          />
          <p className="min-h-6 px-2 pt-1.5 text-center text-muted text-xs">
            {usage !== null && `This conversation: ${usageWords(usage)}`}
          </p>
        </div>
      </div>
    </div>
  );
}

interface BeginningProps {
  state: ChatState;
  onNewChat: () => void;
  onRetry: () => void;
  children: ReactNode;
}

/** What stands where there are no messages: the greeting, or why there are none to see. */
function Beginning({ state, onNewChat, onRetry, children }: BeginningProps) {
  switch (state.load) {
    case "ready":
      return state.error === null && state.threadId === null ? children : null;
    case "loading":
      return (
        <div className="m-auto">
          <Spinner label="Loading the conversation" className="size-6 text-muted" />
        </div>
      );
    default: {
      const sentence = state.load === "failed" ? (state.error?.message ?? "") : null;
      return (
        <NotShown
          threadId={state.threadId}
          sentence={sentence}
          onNewChat={onNewChat}
          onRetry={onRetry}
        />
      );
    }
  }
}

/** Escape stops a run, wherever the focus is; what has its own use for the key takes it first. */
function useStopOnEscape(store: ChatStore, answering: boolean): void {
  useEffect(() => {
    if (!answering) return;
    const stop = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || event.defaultPrevented) return;
      if (document.querySelector("dialog[open]")) return;
      // Taken: the widget around the frame must not close on the same press.
      event.preventDefault();
      store.stop();
    };
    document.addEventListener("keydown", stop);
    return () => document.removeEventListener("keydown", stop);
  }, [store, answering]);
}
