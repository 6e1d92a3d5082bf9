// Sending the edited message replaces everything after it.
import { useEffect, useRef, useState } from "react";
import { MESSAGE_MAX_BYTES } from "../../api/chat";
import { t } from "../../i18n/translate";
import { Button } from "../../ui/button";
import { isComposing } from "../../ui/is-composing";
import { AutosizeTextarea } from "./autosize-textarea";
import { isSendKey } from "./is-send-key";
import { isBlank } from "./visible-text";

export interface EditMessageProps {
  text: string;
  idle: boolean;
  onSave: (text: string) => void;
  onCancel: () => void;
}

export function EditMessage({ text: before, idle, onSave, onCancel }: EditMessageProps) {
  const [text, setText] = useState(before);
  const box = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    const area = box.current;
    area?.focus();
    area?.setSelectionRange(area.value.length, area.value.length);
  }, []);

  const tooLong = new TextEncoder().encode(text).length > MESSAGE_MAX_BYTES;
  const blocked = !idle || tooLong || isBlank(text);
  const save = () => {
    if (!blocked) onSave(text);
  };
  return (
    <form
      className="flex w-full max-w-[85%] flex-col gap-2 rounded-[1.25rem] border border-line bg-base-100 p-2 focus-within:border-accent-text"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <AutosizeTextarea
        ref={box}
        value={text}
        rows={1}
        aria-label={t("chat.edit_message")}
        aria-invalid={tooLong || undefined}
        className="max-h-[40dvh] w-full px-2.5 py-1.5 outline-hidden"
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape" && !isComposing(event.nativeEvent)) {
            event.preventDefault();
            onCancel();
          } else if (isSendKey(event)) {
            event.preventDefault();
            save();
          }
        }}
      />
      <div className="flex flex-wrap items-center justify-end gap-2">
        <p className="me-auto ps-2.5 text-muted text-xs">
          {tooLong ? t("chat.edit_too_long") : t("chat.edit_hint")}
        </p>
        <Button small look="quiet" onClick={onCancel}>
          {t("ui.cancel")}
        </Button>
        <Button small look="primary" type="submit" disabled={blocked}>
          {t("chat.send")}
        </Button>
      </div>
    </form>
  );
}
