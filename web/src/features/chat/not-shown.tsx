// Why a conversation is not shown: it is not there, or could not be fetched.
import { MessageCircleQuestion } from "lucide-react";
import { Alert } from "../../ui/alert";
import { Button } from "../../ui/button";
import { EmptyState } from "../../ui/empty-state";
import { moveDraft } from "./drafts";

export interface NotShownProps {
  threadId: string | null;
  /** Null: there is no such conversation. */
  sentence: string | null;
  onNewChat: () => void;
  onRetry: () => void;
}

export function NotShown({ threadId, sentence, onNewChat, onRetry }: NotShownProps) {
  if (sentence !== null) {
    return (
      <Alert
        actions={
          <Button small onClick={onRetry}>
            Try again
          </Button>
        }
      >
        {sentence}
      </Alert>
    );
  }
  const startAnew = () => {
    // A session that ended took its conversations along, but not what was being typed.
    moveDraft(threadId, null);
    onNewChat();
  };
  return (
    <div className="m-auto">
      <EmptyState
        icon={<MessageCircleQuestion className="size-8" />}
        title="This conversation was not found"
        actions={<Button onClick={startAnew}>Start a new chat</Button>}
      >
        It may have been deleted, or it belongs to somebody else.
      </EmptyState>
    </div>
  );
}
