// The message box: Enter sends, Shift+Enter breaks the line; what is typed survives a reload.
import { ArrowUp, Square } from "lucide-react";
import { type RefObject, useEffect, useId, useLayoutEffect, useRef, useState } from "react";
import { MESSAGE_MAX_BYTES } from "../../api/chat";
import { classNames } from "../../ui/class-names";
import { mayTakeFocus } from "../../ui/may-take-focus";
import { AutosizeTextarea, isSendKey } from "./autosize-textarea";
import { readDraft, writeDraft } from "./drafts";

export interface ComposerProps {
  box: RefObject<HTMLTextAreaElement | null>;
  threadId: string | null;
  /** A run is under way: the button stops it, and nothing can be sent. */
  answering: boolean;
  /** A text that the server refused; each `key` is taken up once. */
  returned: { text: string; key: string } | null;
  /** There is nothing to write to. */
  disabled?: boolean;
  /** Takes the message; false when it could not. */
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
  const blocked = disabled || tooLong || text.trim() === "";

  const send = () => {
    if (answering || blocked || !onSend(text)) return;
    setText("");
    box.current?.focus();
  };

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (answering) onStop();
        else send();
      }}
      className={classNames(
        "flex flex-col rounded-[1.25rem] border border-line bg-base-100 shadow-card has-[textarea:disabled]:opacity-50",
        "focus-within:border-accent-text focus-within:ring-1 focus-within:ring-accent-text",
      )}
    >
      <div className="flex items-end gap-2 p-2">
        <AutosizeTextarea
          ref={box}
          value={text}
          rows={1}
          disabled={disabled}
          aria-label="Message"
          aria-invalid={tooLong || undefined}
          aria-describedby={tooLong ? hintId : undefined}
          placeholder="Write a message"
          enterKeyHint="send"
          className="max-h-[min(40dvh,20rem)] min-h-9 min-w-0 flex-1 px-2.5 py-1.5 text-base outline-hidden placeholder:text-muted"
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (!isSendKey(event)) return;
            event.preventDefault();
            send();
          }}
        />
        {/* One button: the focus stays on it when it changes its meaning. */}
        <button
          type="submit"
          aria-label={answering ? "Stop" : "Send"}
          disabled={!answering && blocked}
          className="btn btn-primary btn-circle size-9 min-h-0 shrink-0"
        >
          {answering ? (
            <Square className="size-3.5 fill-current" aria-hidden="true" />
          ) : (
            <ArrowUp className="size-4.5" aria-hidden="true" />
          )}
        </button>
      </div>
      {tooLong && (
        <p id={hintId} role="alert" className="px-4.5 pb-3 text-error text-sm">
          {`This message is too long: 32 KiB at most, and this is ${(bytes / 1024).toFixed(1)} KiB.`}
        </p>
      )}
    </form>
  );
}

/** The text of the box, kept a thread. */
function useDraft(threadId: string | null, answering: boolean) {
  const [text, setText] = useState(() => readDraft(threadId));
  const shown = useRef(threadId);

  useLayoutEffect(() => {
    const before = shown.current;
    if (before === threadId) {
      writeDraft(threadId, text);
      return;
    }
    shown.current = threadId;
    // A new conversation got its name: what was typed meanwhile goes along.
    if (before === null && answering) {
      writeDraft(null, "");
      writeDraft(threadId, text);
    } else {
      setText(readDraft(threadId));
    }
  }, [threadId, answering, text]);

  return [text, setText] as const;
}

function byteLength(text: string): number {
  // No character of JavaScript takes more than three bytes: most texts need no counting.
  return text.length * 3 <= MESSAGE_MAX_BYTES ? text.length : new TextEncoder().encode(text).length;
}
