import { ChevronDown, Trash2 } from "lucide-react";
import { useId, useState } from "react";
import { errorText } from "../../i18n/error-text";
import { formatDay } from "../../i18n/format";
import { t } from "../../i18n/translate";
import type { Note, NoteSummary } from "../../protocol/types";
import { classNames } from "../../ui/class-names";
import { ConfirmDialog } from "../../ui/confirm-dialog";
import { CopyButton } from "../../ui/copy-button";
import { IconButton } from "../../ui/icon-button";
import { Spinner } from "../../ui/spinner";
import { useNoteContent } from "./use-note-content";

export interface NoteCardProps {
  note: NoteSummary;
  read: (title: string) => Promise<Note>;
  onDelete: () => Promise<void>;
}

export function NoteCard({ note, read, onDelete }: NoteCardProps) {
  const [open, setOpen] = useState(false);
  const [asking, setAsking] = useState(false);
  const { content, error } = useNoteContent(note, open, read);
  const id = useId();
  return (
    <li className="rounded-box border border-base-300 bg-base-100">
      <button
        type="button"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
        className="flex w-full items-start gap-2 rounded-box px-3.5 py-3 text-start hover:bg-base-200"
      >
        <span className="min-w-0 flex-1">
          <span dir="auto" className="block font-medium text-match text-sm wrap-anywhere">
            {note.title}
          </span>
          {!open && (
            <span
              dir="auto"
              className="line-clamp-2 block text-match text-muted text-sm wrap-anywhere"
            >
              {note.preview}
            </span>
          )}
        </span>
        <ChevronDown
          aria-hidden="true"
          className={classNames(
            "mt-1 size-4 shrink-0 text-muted transition-transform",
            open && "rotate-180",
          )}
        />
      </button>
      {open && (
        <div id={id} className="px-3.5 pb-1.5">
          {content !== null && (
            <p dir="auto" className="whitespace-pre-wrap text-sm wrap-anywhere">
              {content}
            </p>
          )}
          {content === null && error === null && (
            <Spinner label={t("notes.loading")} className="size-4 text-muted" />
          )}
          {error !== null && (
            <p role="alert" className="text-error text-sm">
              {errorText(error)}
            </p>
          )}
          <div className="-me-2 mt-1.5 flex items-center text-muted">
            <time dateTime={note.updated_at} className="me-auto text-xs">
              {formatDay(note.updated_at)}
            </time>
            {content !== null && <CopyButton text={content} side="top-end" />}
            <IconButton
              small
              label={t("ui.delete")}
              side="top-end"
              icon={<Trash2 className="size-4" aria-hidden="true" />}
              onClick={() => setAsking(true)}
            />
          </div>
        </div>
      )}
      {asking && (
        <ConfirmDialog
          title={t("notes.delete_title")}
          confirm={t("ui.delete")}
          onConfirm={onDelete}
          onClose={() => setAsking(false)}
        >
          {t("notes.delete_text", { title: note.title })}
        </ConfirmDialog>
      )}
    </li>
  );
}
