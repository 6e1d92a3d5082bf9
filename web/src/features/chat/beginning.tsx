// Shown instead of messages: the greeting, or why there are none.
import { errorText } from "../../i18n/error-text";
import { t } from "../../i18n/translate";
import { Spinner } from "../../ui/spinner";
import type { ChatState } from "./chat-state";
import { Greeting, type GreetingProps } from "./greeting";
import { NotShown } from "./later";

export interface BeginningProps extends GreetingProps {
  state: ChatState;
  onNewChat: () => void;
  onRetry: () => void;
}

export function Beginning({ state, onNewChat, onRetry, ...greeting }: BeginningProps) {
  const { load, error, threadId } = state;
  switch (load) {
    case "ready":
      return error === null && threadId === null ? <Greeting {...greeting} /> : null;
    case "loading":
      return (
        <div className="m-auto">
          <Spinner label={t("chat.loading")} className="size-6 text-muted" />
        </div>
      );
    default:
      return (
        <NotShown
          threadId={threadId}
          sentence={load === "failed" && error ? errorText(error) : null}
          onNewChat={onNewChat}
          onRetry={onRetry}
        />
      );
  }
}
