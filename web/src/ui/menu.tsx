// A menu button after the ARIA pattern: arrows, Home, End and letters move, Escape and Tab close.
import {
  type KeyboardEvent as KeyPress,
  type ReactNode,
  useEffect,
  useId,
  useRef,
  useState,
} from "react";
import { classNames } from "./class-names";
import { IconButton, type IconButtonProps } from "./icon-button";
import { isComposing } from "./is-composing";

export interface MenuItem {
  label: string;
  icon?: ReactNode;
  danger?: boolean;
  onSelect: () => void;
}

export interface MenuProps {
  label: string;
  icon: ReactNode;
  items: MenuItem[];
  button?: Partial<IconButtonProps>;
}

const WIDTH = 192;

export function Menu({ label, icon, items, button }: MenuProps) {
  const [open, setOpen] = useState(false);
  const trigger = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();

  useEffect(() => {
    const menu = list.current;
    const opener = trigger.current;
    if (!open || !menu || !opener) return;
    // In the top layer, scrolling ancestors do not clip it and modal dialogs do not cover it.
    menu.showPopover?.();
    place(menu, opener);
    menu.querySelector<HTMLElement>("[role=menuitem]")?.focus();
    const outside = (event: Event) => {
      const target = event.target as Node;
      if (!menu.contains(target) && !opener.contains(target)) setOpen(false);
    };
    const away = () => setOpen(false);
    // Wherever the focus is, and before anything below the menu, such as a drawer or a bubble.
    const onEscape = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || isComposing(event)) return;
      event.stopPropagation();
      event.preventDefault();
      setOpen(false);
      opener.focus();
    };
    document.addEventListener("keydown", onEscape, true);
    document.addEventListener("pointerdown", outside);
    window.addEventListener("resize", away);
    window.addEventListener("blur", away);
    return () => {
      document.removeEventListener("keydown", onEscape, true);
      document.removeEventListener("pointerdown", outside);
      window.removeEventListener("resize", away);
      window.removeEventListener("blur", away);
    };
  }, [open]);

  const leave = () => {
    setOpen(false);
    trigger.current?.focus();
  };

  const onKeyDown = (event: KeyPress) => {
    if (isComposing(event.nativeEvent)) return;
    const all = [...(list.current?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];
    const at = all.indexOf(document.activeElement as HTMLElement);
    if (event.key === "Tab") {
      leave();
      return;
    }
    const next = target(event.key, at, all);
    if (next === undefined) return;
    event.preventDefault();
    next.focus();
  };

  return (
    <>
      <IconButton
        {...button}
        ref={trigger}
        label={label}
        icon={icon}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
        onKeyDown={(event) => {
          if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
          event.preventDefault();
          setOpen(true);
        }}
      />
      {open && (
        <div
          ref={list}
          id={id}
          role="menu"
          tabIndex={-1}
          aria-label={label}
          popover="manual"
          className="fixed inset-auto m-0 w-48 rounded-box border border-base-300 bg-base-100 p-1 text-base-content shadow-pop"
          onKeyDown={onKeyDown}
        >
          {items.map((item) => (
            <button
              key={item.label}
              type="button"
              role="menuitem"
              tabIndex={-1}
              className={classNames(
                "flex w-full items-center gap-2.5 rounded-field px-3 py-2 text-start text-sm pointer-coarse:min-h-11",
                "hover:bg-base-200 focus-visible:bg-base-200",
                item.danger && "text-error",
              )}
              onClick={() => {
                // Focus first, since what the item opens returns the focus to the button.
                leave();
                item.onSelect();
              }}
            >
              {item.icon}
              {item.label}
            </button>
          ))}
        </div>
      )}
    </>
  );
}

function target(key: string, at: number, all: HTMLElement[]): HTMLElement | undefined {
  if (key === "ArrowDown") return all[(at + 1) % all.length];
  if (key === "ArrowUp") return all.at(at - 1);
  if (key === "Home") return all[0];
  if (key === "End") return all.at(-1);
  if (key.length !== 1 || key === " ") return undefined;
  const after = [...all.slice(at + 1), ...all.slice(0, at + 1)];
  const letter = key.toLowerCase();
  return after.find((item) => item.textContent?.trim().toLowerCase().startsWith(letter));
}

/** Above the button if there is no room below, and always inside the window. */
function place(menu: HTMLElement, opener: HTMLElement): void {
  const button = opener.getBoundingClientRect();
  const height = menu.offsetHeight;
  const below = button.bottom + 4;
  const top = below + height > window.innerHeight - 8 ? button.top - height - 4 : below;
  const rightToLeft = getComputedStyle(menu).direction === "rtl";
  const wanted = rightToLeft ? button.left : button.right - WIDTH;
  const left = Math.min(wanted, window.innerWidth - WIDTH - 8);
  menu.style.top = `${Math.max(8, top)}px`;
  menu.style.left = `${Math.max(8, left)}px`;
}
