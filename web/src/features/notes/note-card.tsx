// One note: its title opens it; inside it can be copied and deleted.
import { ChevronDown, Trash2 } from "lucide-react";
import { useId, useState } from "react";
import { formatDay } from "../../i18n/format";
import { t } from "../../i18n/translate";
import type { Note } from "../../protocol/types";
import { classNames } from "../../ui/class-names";
import { ConfirmDialog } from "../../ui/confirm-dialog";
import { CopyButton } from "../../ui/copy-button";
import { IconButton } from "../../ui/icon-button";

export interface NoteCardProps {
  note: Note;
  onDelete: () => Promise<void>;
}

export function NoteCard({ note, onDelete }: NoteCardProps) {
  const [open, setOpen] = useState(false);
  const [asking, setAsking] = useState(false);
  const id = useId();
  return (
    <li className="rounded-box border border-base-300 bg-base-100">
      <button
        type="button"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
        className="flex w-full items-start gap-2 rounded-box px-3.5 py-2.5 text-start hover:bg-base-200"
      >
        <span className="min-w-0 flex-1">
          <span className="block font-medium text-sm wrap-anywhere">{note.title}</span>
          {!open && (
            <span className="line-clamp-2 block text-muted text-sm wrap-anywhere">
              {note.content}
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
          <p className="whitespace-pre-wrap text-sm wrap-anywhere">{note.content}</p>
          <div className="mt-1.5 -me-2 flex items-center text-muted">
            <time dateTime={note.updated_at} className="me-auto text-xs">
              {formatDay(note.updated_at)}
            </time>
            <CopyButton text={note.content} side="top-end" />
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
