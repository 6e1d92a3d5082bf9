// A dialog that gives a thread another title.
import { type FormEvent, useId, useState } from "react";
import { toApiError } from "../../api/http";
import { TITLE_MAX_CHARS } from "../../api/threads";
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
  const [error, setError] = useState<string | null>(null);

  const save = async (event: FormEvent) => {
    event.preventDefault();
    const wanted = title.trim();
    if (busy) return;
    if (wanted === "") return setError("A conversation needs a title.");
    // Characters as the server counts them, not UTF-16 units.
    if ([...wanted].length > TITLE_MAX_CHARS) {
      return setError(`A title has at most ${TITLE_MAX_CHARS} characters.`);
    }
    setBusy(true);
    try {
      await onRename(wanted);
      onClose();
    } catch (cause) {
      setError(toApiError(cause).message);
      setBusy(false);
    }
  };

  return (
    <Dialog
      open
      title="Rename conversation"
      onClose={onClose}
      actions={
        <>
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button look="primary" type="submit" form={form} busy={busy}>
            Save
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={(event) => void save(event)}>
        <TextField
          label="Title"
          value={title}
          error={error}
          autoFocus
          className="text-base-content"
          onFocus={(event) => event.target.select()}
          onChange={(event) => setTitle(event.target.value)}
        />
      </form>
    </Dialog>
  );
}
