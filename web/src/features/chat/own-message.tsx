import { Pencil } from "lucide-react";
import { useRef, useState } from "react";
import { t } from "../../i18n/translate";
import { classNames } from "../../ui/class-names";
import { CopyButton } from "../../ui/copy-button";
import { IconButton } from "../../ui/icon-button";
import { ACTIONS, ARTICLE, QUIET } from "./article";
import type { ChatMessage } from "./chat-state";
import { EditMessage } from "./edit-message";
import { FoldedText } from "./folded-text";

export interface OwnMessageProps {
  message: ChatMessage;
  idle: boolean;
  /** Replaces this message; false if it could not be sent. */
  onEdit: (messageId: string, text: string) => boolean;
}

export function OwnMessage({ message, idle, onEdit }: OwnMessageProps) {
  const [editing, setEditing] = useState(false);
  const pencil = useRef<HTMLButtonElement>(null);
  const { id } = message;

  if (editing && id !== null) {
    return (
      <article aria-label={t("chat.you")} className="flex justify-end py-2">
        <EditMessage
          text={message.content}
          idle={idle}
          onSave={(text) => {
            if (onEdit(id, text)) setEditing(false);
          }}
          onCancel={() => {
            setEditing(false);
            // The button must be drawn before it can be focused again.
            requestAnimationFrame(() => pencil.current?.focus());
          }}
        />
      </article>
    );
  }
  return (
    <article
      aria-label={t("chat.you")}
      className={classNames(ARTICLE, "flex flex-row-reverse items-end gap-1 pt-4 pb-2")}
    >
      <div className="max-w-[85%] min-w-0 rounded-[1.25rem] rounded-ee-md border border-transparent bg-base-300/55 px-4 py-2.5">
        <FoldedText text={message.content} />
        {message.status === "undelivered" && (
          <p className="mt-1 text-error text-xs">{t("chat.not_sent")}</p>
        )}
      </div>
      <div className={classNames(ACTIONS, QUIET, "print:hidden")}>
        {id !== null && idle && (
          <IconButton
            ref={pencil}
            small
            label={t("chat.edit")}
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
