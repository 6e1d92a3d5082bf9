// A message, memoised so that in a long conversation only changes are redrawn.
import { memo } from "react";
import { useLocale } from "../../i18n/locale";
import { Answer, type AnswerProps } from "./answer";
import { OwnMessage, type OwnMessageProps } from "./own-message";

export const MessageItem = memo(function MessageItem(props: AnswerProps & OwnMessageProps) {
  useLocale();
  return props.message.role === "user" ? <OwnMessage {...props} /> : <Answer {...props} />;
});
