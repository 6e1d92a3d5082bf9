// One message. Memoised: of a long conversation only what changes is drawn again.
import { memo } from "react";
import { Answer, type AnswerProps } from "./answer";
import { OwnMessage, type OwnMessageProps } from "./own-message";

export const MessageItem = memo(function MessageItem(props: AnswerProps & OwnMessageProps) {
  return props.message.role === "user" ? <OwnMessage {...props} /> : <Answer {...props} />;
});
