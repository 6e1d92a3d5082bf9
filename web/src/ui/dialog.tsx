// A modal dialog on the native element: it traps the focus, closes on Escape and a press outside,
// and restores the focus.
import { type ReactNode, useEffect, useId, useLayoutEffect, useRef } from "react";
import { classNames } from "./class-names";
import { isComposing } from "./is-composing";

interface ModalProps {
  onClose: () => void;
  labelledBy?: string;
  label?: string;
  className?: string;
  /** Whether the dialog itself is focused first, and not its first control. */
  focusSelf?: boolean;
  children: ReactNode;
}

/** Open as long as it is rendered. Dialog and Drawer style it. */
export function Modal(props: ModalProps) {
  const { onClose, label, labelledBy, className, focusSelf = false, children } = props;
  const ref = useRef<HTMLDialogElement>(null);
  const pressedOutside = useRef(false);
  const close = useRef(onClose);
  useEffect(() => {
    close.current = onClose;
  });

  useLayoutEffect(() => {
    const dialog = ref.current;
    if (!dialog) return;
    const places = placesOfFocus();
    dialog.showModal();
    if (focusSelf) dialog.focus();
    const cancel = (event: Event) => {
      // The owner closes it by no longer rendering it.
      event.preventDefault();
      close.current();
    };
    // A press that begins inside (selecting text) and ends outside does not close it.
    const press = (event: PointerEvent) => {
      pressedOutside.current = event.target === dialog && !contains(dialog, event);
    };
    const click = (event: MouseEvent) => {
      if (pressedOutside.current && event.target === dialog && !contains(dialog, event)) {
        close.current();
      }
    };
    // Escape cancels an input method's composition, not the dialog.
    const key = (event: KeyboardEvent) => {
      if (event.key === "Escape" && isComposing(event)) event.preventDefault();
    };
    dialog.addEventListener("keydown", key);
    dialog.addEventListener("cancel", cancel);
    dialog.addEventListener("pointerdown", press);
    dialog.addEventListener("click", click);
    return () => {
      dialog.removeEventListener("keydown", key);
      dialog.removeEventListener("cancel", cancel);
      dialog.removeEventListener("pointerdown", press);
      dialog.removeEventListener("click", click);
      dialog.close();
      giveBack(places);
    };
  }, [focusSelf]);

  return (
    <dialog
      ref={ref}
      tabIndex={focusSelf ? -1 : undefined}
      aria-label={label}
      aria-labelledby={labelledBy}
      className={classNames(
        "border border-base-300 bg-base-100 text-base-content shadow-pop",
        "backdrop:bg-black/40",
        className,
      )}
    >
      {children}
    </dialog>
  );
}

/** The focused element and its focusable ancestors. */
function placesOfFocus(): HTMLElement[] {
  const places: HTMLElement[] = [];
  for (let at = document.activeElement; at; at = at.parentElement) {
    const able = places.length === 0 || at.hasAttribute("tabindex");
    if (able && at instanceof HTMLElement) places.push(at);
  }
  return places;
}

/** Restores the focus, or moves it to an ancestor if its element is gone. */
function giveBack(places: HTMLElement[]): void {
  const focus = () => places.find((place) => place.isConnected)?.focus();
  focus();
  // It may disappear together with the dialog.
  queueMicrotask(() => {
    if (document.activeElement === document.body) focus();
  });
}

function contains(dialog: HTMLDialogElement, { clientX, clientY }: MouseEvent): boolean {
  const { left, right, top, bottom } = dialog.getBoundingClientRect();
  return clientX >= left && clientX <= right && clientY >= top && clientY <= bottom;
}

export interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  children: ReactNode;
  /** The main one last. */
  actions?: ReactNode;
}

export function Dialog({ open, onClose, title, children, actions }: DialogProps) {
  const id = useId();
  if (!open) return null;
  return (
    <Modal
      onClose={onClose}
      labelledBy={id}
      className="m-auto w-[min(26rem,calc(100vw-2rem))] rounded-box p-6"
    >
      <h2 id={id} className="font-semibold text-lg">
        {title}
      </h2>
      <div className="mt-2 text-muted text-sm">{children}</div>
      {actions && <div className="mt-6 flex flex-wrap justify-end gap-2">{actions}</div>}
    </Modal>
  );
}
