// The messages of a conversation with separators at handoffs, and the cards of its interrupts.
// Loaded after the first paint together with the Markdown renderer.
import { Fragment, useMemo } from "react";
import { formatPlace } from "../../i18n/format";
import type { Chat } from "./chat";
import {
  type ChatMessage,
  type ChatState,
  handedOverBy,
  isAnswering,
  isBareHandoff,
} from "./chat-state";
import { EarlierMessages } from "./earlier-messages";
import { Handoff } from "./handoff";
import { InterruptCard } from "./interrupt-card";
import { MessageItem } from "./message-item";
import { NoticeLine } from "./notice-line";
import { StillWorking } from "./still-working";
import { ThinkingDots } from "./thinking-dots";

export interface MessagesProps {
  chat: Chat;
  state: ChatState;
  nameOf: (agent: string | null) => string;
  showUsage: boolean;
  onEdit: (messageId: string, text: string) => boolean;
  onRegenerate: () => void;
}

export function Messages(props: MessagesProps) {
  const { chat, state, nameOf, showUsage, onEdit, onRegenerate } = props;
  const { messages, interrupts, notices } = state;
  const answering = isAnswering(state);
  const last = messages.length - 1;
  const ids = interrupts.map(({ interrupt }) => interrupt.tool_call_id).join(" ");
  const waitingCalls = useMemo(() => new Set(ids.split(" ")), [ids]);
  const asking = messages.findLast(({ role }) => role === "assistant")?.agent ?? state.agent;
  return (
    <>
      <EarlierMessages chat={chat} state={state} />
      {messages.map((message, index) => (
        <Fragment key={message.key}>
          <HandoffBefore messages={messages} index={index} nameOf={nameOf} />
          {!isBareHandoff(message) && (
            <MessageItem
              message={message}
              name={nameOf(message.agent)}
              idle={!answering}
              last={index === last}
              waitingCalls={waitingCalls}
              showUsage={showUsage}
              onEdit={onEdit}
              onRegenerate={onRegenerate}
            />
          )}
        </Fragment>
      ))}
      {interrupts.map((open, index) => (
        <InterruptCard
          key={open.interrupt.id}
          open={open}
          place={interrupts.length > 1 ? formatPlace(index + 1, interrupts.length) : ""}
          agent={nameOf(asking)}
          onChoose={(choice) => chat.choose(open.interrupt.id, choice)}
        />
      ))}
      {notices.map((notice) => (
        <NoticeLine key={notice.code} notice={notice} />
      ))}
      {answering && messages[last]?.status !== "streaming" && <ThinkingDots />}
      {answering && <StillWorking state={state} />}
    </>
  );
}

interface HandoffBeforeProps {
  messages: ChatMessage[];
  index: number;
  nameOf: MessagesProps["nameOf"];
}

function HandoffBefore({ messages, index, nameOf }: HandoffBeforeProps) {
  const from = handedOverBy(messages, index);
  if (from === null) return null;
  return <Handoff from={nameOf(from)} to={nameOf(messages[index]?.agent ?? null)} />;
}
