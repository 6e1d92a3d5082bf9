// The region "Notes": the notes of the owner, updated live.
import { Download, NotebookPen } from "lucide-react";
import { useCallback, useRef, useState } from "react";
import { useStore } from "zustand/react";
import { errorText } from "../../i18n/error-text";
import { t } from "../../i18n/translate";
import { Alert } from "../../ui/alert";
import { EmptyState } from "../../ui/empty-state";
import { IconButton } from "../../ui/icon-button";
import { LoadMore } from "../../ui/load-more";
import { RetryAlert } from "../../ui/retry-alert";
import { Spinner } from "../../ui/spinner";
import { NoteCard } from "./note-card";
import { downloadNotes } from "./notes-file";
import type { NotesStore } from "./notes-store";

export interface NotesPanelProps {
  store: NotesStore;
  /** Whether its surroundings have a heading already. */
  bare?: boolean;
}

export function NotesPanel({ store, bare = false }: NotesPanelProps) {
  const { items, nextCursor, loadingMore, status, error } = useStore(store);
  const [failure, setFailure] = useState<unknown>(null);
  const region = useRef<HTMLElement>(null);
  const read = useCallback((title: string) => store.read(title), [store]);
  const download = () => {
    setFailure(null);
    downloadNotes().catch(setFailure);
  };
  return (
    <section
      ref={region}
      aria-label={t("notes.name")}
      // Takes the focus of elements that disappear: a deleted note, "Load more".
      tabIndex={-1}
      className="-outline-offset-2 flex h-full min-h-0 flex-col"
    >
      <div className="flex h-14 shrink-0 items-center justify-between ps-4 pe-2">
        {bare ? (
          <span className="text-muted text-sm">
            {items.length > 0 && nextCursor === null && t("notes.count", { count: items.length })}
          </span>
        ) : (
          <h2 className="font-semibold text-sm">{t("notes.name")}</h2>
        )}
        {items.length > 0 && (
          <IconButton
            label={t("notes.download_all")}
            side="bottom-end"
            icon={<Download className="size-4" aria-hidden="true" />}
            onClick={download}
          />
        )}
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto px-3 pb-4">
        {status === "loading" && (
          <div className="flex justify-center py-6">
            <Spinner label={t("notes.loading")} className="size-5 text-muted" />
          </div>
        )}
        {failure !== null && <Alert className="mb-3">{errorText(failure)}</Alert>}
        {error && (
          <RetryAlert className="mb-3" onRetry={() => void store.refresh()}>
            {errorText(error)}
          </RetryAlert>
        )}
        {status === "ready" && items.length === 0 && (
          <EmptyState icon={<NotebookPen className="size-6" />} title={t("notes.empty")}>
            {t("notes.empty_hint")}
          </EmptyState>
        )}
        <ul className="flex flex-col gap-2">
          {items.map((note) => (
            <NoteCard
              key={note.title}
              note={note}
              read={read}
              onDelete={() => store.remove(note.title)}
            />
          ))}
        </ul>
        {nextCursor !== null && <LoadMore list={store} busy={loadingMore} region={region} />}
      </div>
    </section>
  );
}
