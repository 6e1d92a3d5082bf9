// The message box: Enter sends, Shift+Enter inserts a line break; drafts survive a reload.
import { type RefObject, useEffect, useId, useRef } from "react";
import { MESSAGE_MAX_BYTES } from "../../api/chat";
import { t } from "../../i18n/translate";
import { classNames } from "../../ui/class-names";
import { mayTakeFocus } from "../../ui/may-take-focus";
import { AutosizeTextarea } from "./autosize-textarea";
import { isSendKey } from "./is-send-key";
import { SendButton } from "./send-button";
import { useDraft } from "./use-draft";
import { isBlank } from "./visible-text";

export interface ComposerProps {
  box: RefObject<HTMLTextAreaElement | null>;
  threadId: string | null;
  /** Whether a run is live: the button stops it, and nothing can be sent. */
  answering: boolean;
  /** A text that was not sent; each `key` is used once. */
  returned: { text: string; key: string } | null;
  disabled?: boolean;
  onSend: (text: string) => boolean;
  onStop: () => void;
}

export function Composer(props: ComposerProps) {
  const { box, threadId, answering, returned, disabled = false, onSend, onStop } = props;
  const hintId = useId();
  const [text, setText] = useDraft(threadId, answering);

  const takenBack = useRef<string | null>(null);
  useEffect(() => {
    if (returned === null || returned.key === takenBack.current) return;
    takenBack.current = returned.key;
    setText((current) =>
      current === "" || current === returned.text ? returned.text : `${returned.text}\n${current}`,
    );
  }, [returned, setText]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: every thread begins in its box
  useEffect(() => {
    if (mayTakeFocus()) box.current?.focus({ preventScroll: true });
  }, [threadId]);

  const bytes = byteLength(text);
  const tooLong = bytes > MESSAGE_MAX_BYTES;
  const blocked = disabled || tooLong || isBlank(text);

  const send = () => {
    if (answering || blocked || !onSend(text)) return;
    setText("");
    box.current?.focus();
  };
  const stop = () => {
    onStop();
    box.current?.focus();
  };

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
      className={classNames(
        "flex flex-col rounded-[1.25rem] border border-line bg-base-100 shadow-card has-[textarea:disabled]:opacity-50",
        "focus-within:border-accent-text focus-within:ring-1 focus-within:ring-accent-text forced-colors:focus-within:outline-2",
      )}
    >
      <div className="flex items-end gap-2 p-2">
        <AutosizeTextarea
          ref={box}
          value={text}
          rows={1}
          disabled={disabled}
          aria-label={t("chat.message")}
          data-main-field=""
          aria-invalid={tooLong || undefined}
          aria-describedby={tooLong ? hintId : undefined}
          placeholder={t("chat.placeholder")}
          enterKeyHint="send"
          className="max-h-[min(40dvh,20rem)] min-h-9 min-w-0 flex-1 px-2.5 py-1.5 text-base outline-none placeholder:text-muted pointer-coarse:min-h-11 pointer-coarse:py-2.5"
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (!isSendKey(event)) return;
            event.preventDefault();
            send();
          }}
        />
        <SendButton answering={answering} blocked={blocked} onStop={stop} />
      </div>
      {tooLong && (
        <p id={hintId} role="alert" className="px-4.5 pb-3 text-error text-sm">
          {t("chat.too_long", { size: Math.ceil(bytes / 102.4) / 10 })}
        </p>
      )}
    </form>
  );
}

function byteLength(text: string): number {
  // A UTF-16 unit takes at most three bytes in UTF-8, so most texts need no encoding.
  return text.length * 3 <= MESSAGE_MAX_BYTES ? text.length : new TextEncoder().encode(text).length;
}
