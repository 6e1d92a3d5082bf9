// Why a conversation is not shown: it does not exist, or could not be loaded.
import { MessageCircleQuestionMark } from "lucide-react";
import { t } from "../../i18n/translate";
import { Button } from "../../ui/button";
import { EmptyState } from "../../ui/empty-state";
import { RetryAlert } from "../../ui/retry-alert";
import { useSessionEnded } from "../../ui/session-ended";
import { moveDraft } from "./drafts";

export interface NotShownProps {
  threadId: string | null;
  /** Null: the conversation does not exist. */
  sentence: string | null;
  onNewChat: () => void;
  onRetry: () => void;
}

export function NotShown({ threadId, sentence, onNewChat, onRetry }: NotShownProps) {
  const ended = useSessionEnded();
  if (sentence !== null) {
    return <RetryAlert onRetry={onRetry}>{sentence}</RetryAlert>;
  }
  const startNew = () => {
    // The end of the session deleted the conversation, but not the draft.
    moveDraft(threadId, null);
    onNewChat();
  };
  return (
    <div className="m-auto">
      <EmptyState
        icon={<MessageCircleQuestionMark className="size-8" />}
        title={ended ? t("chat.ended_with_session") : t("chat.not_found")}
        actions={<Button onClick={startNew}>{t("chat.start_new")}</Button>}
      >
        {!ended && t("chat.not_found_hint")}
      </EmptyState>
    </div>
  );
}
