import { type FormEvent, useId, useState } from "react";
import { TITLE_MAX_CHARS } from "../../api/threads";
import { errorText } from "../../i18n/error-text";
import { t } from "../../i18n/translate";
import type { Thread } from "../../protocol/types";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { TextField } from "../../ui/text-field";

export interface RenameThreadProps {
  thread: Thread;
  onRename: (title: string) => Promise<void>;
  onClose: () => void;
}

export function RenameThread({ thread, onRename, onClose }: RenameThreadProps) {
  const form = useId();
  const [title, setTitle] = useState(thread.title);
  const [busy, setBusy] = useState(false);
  // A function, so that it is in the current language.
  const [error, setError] = useState<{ text: () => string } | null>(null);

  const save = async (event: FormEvent) => {
    event.preventDefault();
    const wanted = title.trim();
    if (busy) return;
    if (wanted === "") return setError({ text: () => t("threads.title_missing") });
    // Characters as the server counts them, not UTF-16 units.
    if ([...wanted].length > TITLE_MAX_CHARS) {
      return setError({ text: () => t("threads.title_too_long", { max: TITLE_MAX_CHARS }) });
    }
    setBusy(true);
    try {
      await onRename(wanted);
      onClose();
    } catch (cause) {
      setError({ text: () => errorText(cause) });
      setBusy(false);
    }
  };

  return (
    <Dialog
      open
      title={t("threads.rename_title")}
      onClose={onClose}
      actions={
        <>
          <Button look="quiet" onClick={onClose}>
            {t("ui.cancel")}
          </Button>
          <Button look="primary" type="submit" form={form} busy={busy}>
            {t("ui.save")}
          </Button>
        </>
      }
    >
      <form id={form} noValidate onSubmit={(event) => void save(event)}>
        <TextField
          label={t("threads.title")}
          value={title}
          error={error?.text() ?? null}
          autoFocus
          dir="auto"
          className="text-base-content"
          onFocus={(event) => event.target.select()}
          onChange={(event) => setTitle(event.target.value)}
        />
      </form>
    </Dialog>
  );
}
