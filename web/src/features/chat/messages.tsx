// The messages of a conversation, with the lines where agents hand over. This, with the Markdown
// and all else that takes a conversation to be seen, is fetched after the first paint.
import { Fragment } from "react";
import { type ChatMessage, handedOverBy, isBareHandoff } from "./chat-state";
import { Handoff } from "./handoff";
import { MessageItem, Thinking } from "./message-item";

export interface MessagesProps {
  messages: ChatMessage[];
  nameOf: (agent: string | null) => string;
  /** A run is under way: nothing can be edited or had anew, and an answer is waited for. */
  answering: boolean;
  onEdit: (messageId: string, text: string) => boolean;
  onRegenerate: () => void;
}

export function Messages(props: MessagesProps) {
  const { messages, nameOf, answering, onEdit, onRegenerate } = props;
  const last = messages.length - 1;
  return (
    <>
      {messages.map((message, index) => {
        const from = handedOverBy(messages, index);
        return (
          <Fragment key={message.key}>
            {from !== null && <Handoff from={nameOf(from)} to={nameOf(message.agent)} />}
            {!isBareHandoff(message) && (
              <MessageItem
                message={message}
                name={nameOf(message.agent)}
                idle={!answering}
                last={index === last}
                onEdit={onEdit}
                onRegenerate={onRegenerate}
              />
            )}
          </Fragment>
        );
      })}
      {answering && messages[last]?.role === "user" && <Thinking />}
    </>
  );
}
