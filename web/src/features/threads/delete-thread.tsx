// A dialog that asks before a thread is gone for good.
import { useState } from "react";
import { toApiError } from "../../api/http";
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
      setError(toApiError(cause).message);
      setBusy(false);
    }
  };

  return (
    <Dialog
      open
      title="Delete this conversation?"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="danger" busy={busy} onClick={() => void remove()}>
            Delete
          </Button>
        </>
      }
    >
      <p className="wrap-anywhere">
        “{thread.title}” and all its messages will be gone for good. Notes stay.
      </p>
      {error && (
        <p role="alert" className="mt-2 text-error">
          {error}
        </p>
      )}
    </Dialog>
  );
}
