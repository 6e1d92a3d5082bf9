// A dialog that asks before a thread is gone for good.
import { useState } from "react";
import { toApiError } from "../../api/http";
import { errorText } from "../../i18n/error-text";
import { t } from "../../i18n/translate";
import type { Thread } from "../../protocol/types";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";

export interface DeleteThreadProps {
  thread: Thread;
  onDelete: () => Promise<void>;
  onClose: () => void;
}

export function DeleteThread({ thread, onDelete, onClose }: DeleteThreadProps) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);

  const remove = async () => {
    setBusy(true);
    try {
      await onDelete();
      onClose();
    } catch (cause) {
      setError(errorText(toApiError(cause)));
      setBusy(false);
    }
  };

  return (
    <Dialog
      open
      title={t("threads.delete_title")}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t("ui.cancel")}</Button>
          <Button look="danger" busy={busy} onClick={() => void remove()}>
            {t("ui.delete")}
          </Button>
        </>
      }
    >
      <p className="wrap-anywhere">{t("threads.delete_text", { title: thread.title })}</p>
      {error && (
        <p role="alert" className="mt-2 text-error">
          {error}
        </p>
      )}
    </Dialog>
  );
}
