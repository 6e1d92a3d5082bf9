// One message as an article: who, what they did and said, how it ended, and what can be done.
import { Pencil, RotateCcw } from "lucide-react";
import { memo, useRef, useState } from "react";
import { classNames } from "../../ui/class-names";
import { CopyButton } from "../../ui/copy-button";
import { IconButton } from "../../ui/icon-button";
import { type ChatMessage, isHandoff } from "./chat-state";
import { EditMessage } from "./edit-message";
import { Markdown } from "./markdown/markdown";
import { ToolCall } from "./tool-call";
import { usageWords } from "./usage-words";

export interface MessageItemProps {
  message: ChatMessage;
  /** The agent's name; unused for the user's own. */
  name: string;
  /** No run is in the way of changing things. */
  idle: boolean;
  last: boolean;
  /** Gives the text in the place of this message; false when it could not. */
  onEdit: (messageId: string, text: string) => boolean;
  onRegenerate: () => void;
}

/** Memoised: of a long conversation only what changes is drawn. */
export const MessageItem = memo(function MessageItem(props: MessageItemProps) {
  return props.message.role === "user" ? <Own {...props} /> : <Answer {...props} />;
});

// Those not in view cost nothing until they are scrolled to. That cuts off what stands out of an
// article: the margin at its sides is for the rings around what has the focus, and hints open upwards.
const ARTICLE =
  "group/message -mx-3 [contain-intrinsic-size:auto_8rem] px-3 pb-1 [content-visibility:auto] scroll-mt-4";

// Quiet until one points at the message or moves into it; a touch screen has no pointing.
const ACTIONS = "flex items-center gap-0.5 text-muted transition-opacity";
const QUIET =
  "pointer-fine:opacity-0 group-focus-within/message:opacity-100 group-hover/message:opacity-100";

function Own({ message, idle, onEdit }: MessageItemProps) {
  const [editing, setEditing] = useState(false);
  const pencil = useRef<HTMLButtonElement>(null);
  const { id } = message;

  if (editing && id !== null) {
    return (
      <article aria-label="You" className="flex justify-end py-2">
        <EditMessage
          text={message.content}
          idle={idle}
          onSave={(text) => {
            if (onEdit(id, text)) setEditing(false);
          }}
          onCancel={() => {
            setEditing(false);
            // The button is drawn again before it can take the focus back.
            requestAnimationFrame(() => pencil.current?.focus());
          }}
        />
      </article>
    );
  }
  return (
    <article
      aria-label="You"
      className={classNames(ARTICLE, "flex flex-row-reverse items-end gap-1 pt-4 pb-2")}
    >
      <div className="max-w-[85%] min-w-0 rounded-[1.25rem] rounded-br-md border border-transparent bg-base-300/55 px-4 py-2.5">
        <p className="whitespace-pre-wrap wrap-anywhere">{message.content}</p>
        {message.status === "undelivered" && <p className="mt-1 text-error text-xs">Not sent</p>}
      </div>
      <div className={classNames(ACTIONS, QUIET)}>
        {id !== null && idle && (
          <IconButton
            ref={pencil}
            small
            label="Edit"
            side="top"
            icon={<Pencil className="size-4" aria-hidden="true" />}
            onClick={() => setEditing(true)}
          />
        )}
        <CopyButton text={message.content} side="top" />
      </div>
    </article>
  );
}

function Answer({ message, name, idle, last, onRegenerate }: MessageItemProps) {
  const { content, status, truncated, usage } = message;
  const growing = status === "streaming";
  const calls = message.toolCalls.filter((call) => !isHandoff(call));
  const waiting = growing && content === "" && !calls.some(({ result }) => result === null);
  return (
    <article aria-label={name} className={classNames(ARTICLE, "flex flex-col gap-2 pt-2")}>
      <header className="flex items-center gap-2.5">
        <span
          aria-hidden="true"
          className="grid size-6.5 place-items-center rounded-lg bg-primary/12 font-semibold text-accent-text text-xs"
        >
          {[...name][0]?.toUpperCase()}
        </span>
        <h2 className="font-semibold text-sm">{name}</h2>
      </header>
      <div className="flex flex-col gap-2.5 sm:pl-9">
        {calls.map((call) => (
          <ToolCall key={call.id} call={call} ended={!growing} />
        ))}
        {content !== "" && <Markdown text={content} growing={growing} />}
        {waiting && <Thinking />}
        <Marks status={status} truncated={truncated} />
        {!growing && (
          <div className={classNames(ACTIONS, "-mt-1.5 -ml-2 min-h-8", !last && QUIET)}>
            {content !== "" && <CopyButton text={content} side="top-start" />}
            {last && idle && (
              <IconButton
                small
                label="Regenerate"
                side="top"
                icon={<RotateCcw className="size-4" aria-hidden="true" />}
                onClick={onRegenerate}
              />
            )}
            {usage !== null && <span className="ml-2 text-xs">{usageWords(usage)}</span>}
          </div>
        )}
      </div>
    </article>
  );
}

/** Three dots for an answer that has not begun; the status region says it in words. */
export function Thinking() {
  return (
    <div aria-hidden="true" className="flex h-6 items-center gap-1.5">
      <span className="size-1.5 animate-pulse rounded-full bg-muted" />
      <span className="size-1.5 animate-pulse rounded-full bg-muted [animation-delay:150ms]" />
      <span className="size-1.5 animate-pulse rounded-full bg-muted [animation-delay:300ms]" />
    </div>
  );
}

function Marks({ status, truncated }: Pick<ChatMessage, "status" | "truncated">) {
  const words = [
    status === "cancelled" && "Stopped",
    status === "failed" && "This answer failed",
    truncated && "Cut off: the answer reached the model’s length limit",
  ].filter((word) => word !== false);
  if (words.length === 0) return null;
  return <p className="text-muted text-sm italic">{words.join(" · ")}</p>;
}
