// A text field with suggestions, after the ARIA combobox pattern. Any text is allowed; arrows and
// letters select a suggestion, Enter accepts it, Escape closes the list.
import { ChevronDown } from "lucide-react";
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { classNames } from "./class-names";
import { isComposing } from "./is-composing";

export interface ComboboxOption {
  value: string;
  note?: string;
}

export interface ComboboxProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  options: readonly ComboboxOption[];
  /** Called when the list opens, to load `options`. */
  onOpen?: () => void;
  /** A message about the list: loading, why it is empty, or that the value is not in it. */
  note?: string | null;
  hint?: string;
  error?: string | null;
  disabled?: boolean;
}

/** How many suggestions are drawn; typing finds the others. Gateways offer some hundred models. */
const SHOWN = 1_000;

export function Combobox(props: ComboboxProps) {
  const { label, value, onChange, options, onOpen, note, hint, error, disabled } = props;
  const [open, setOpen] = useState(false);
  // Until something is typed all options are shown, whatever the field contains.
  const [typed, setTyped] = useState(false);
  const [active, setActive] = useState(-1);
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);

  const wanted = value.trim().toLowerCase();
  const shown = options
    .filter((option) => !typed || option.value.toLowerCase().includes(wanted))
    .slice(0, SHOWN);

  useEffect(() => {
    if (!open || active < 0) return;
    list.current?.children[active]?.scrollIntoView({ block: "nearest" });
  }, [open, active]);

  const show = () => {
    if (open || disabled) return;
    setOpen(true);
    setTyped(false);
    setActive(-1);
    onOpen?.();
  };

  /** Like `show`, but not for typing: the next letter replaces the value. */
  const showAll = () => {
    if (!open) field.current?.select();
    show();
  };

  const take = (option: ComboboxOption) => {
    onChange(option.value);
    setOpen(false);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (isComposing(event.nativeEvent)) return;
    if (event.key === "Escape" && open) {
      if (shown.length > 0) {
        event.stopPropagation();
        event.preventDefault();
      }
      setOpen(false);
    } else if (event.key === "Enter" && open && shown[active] !== undefined) {
      event.preventDefault();
      take(shown[active]);
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!open) {
        showAll();
        return;
      }
      const step = event.key === "ArrowDown" ? 1 : -1;
      const start = active < 0 && step < 0 ? 0 : active;
      setActive(shown.length === 0 ? -1 : (start + step + shown.length) % shown.length);
    }
  };

  const described = [hint ? `${id}-hint` : "", error ? `${id}-error` : ""]
    .filter(Boolean)
    .join(" ");
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="font-medium text-sm">
        {label}
      </label>
      {/* Names of models and the like, which are written from the left in every language. */}
      <div dir="ltr" className="relative">
        <input
          ref={field}
          id={id}
          role="combobox"
          aria-expanded={open}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={open && active >= 0 ? `${id}-${active}` : undefined}
          aria-describedby={described || undefined}
          aria-invalid={error ? true : undefined}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          className={classNames("input w-full border-line pe-10 text-base", error && "input-error")}
          value={value}
          disabled={disabled}
          onChange={(event) => {
            show();
            onChange(event.target.value);
            setTyped(true);
            setActive(-1);
          }}
          onClick={showAll}
          onBlur={() => setOpen(false)}
          onKeyDown={onKeyDown}
        />
        <ChevronDown
          className="pointer-events-none absolute top-1/2 end-3 size-4 -translate-y-1/2 text-muted"
          aria-hidden="true"
        />
        <div
          ref={list}
          id={`${id}-list`}
          role="listbox"
          aria-label={label}
          hidden={!open || shown.length === 0}
          // The field keeps its focus: losing it would close the list before the click.
          onMouseDown={(event) => event.preventDefault()}
          className="absolute inset-x-0 top-full z-20 mt-1 max-h-64 overflow-y-auto rounded-box border border-base-300 bg-base-100 p-1 shadow-pop"
        >
          {shown.map((option, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the focus and the keys.
            <div
              key={option.value}
              id={`${id}-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={option.value === value}
              className={classNames(
                "cursor-pointer rounded-field px-3 py-2 text-sm hover:bg-base-200 pointer-coarse:py-3",
                index === active && "bg-base-200",
                option.value === value && "font-medium text-accent-text",
              )}
              onClick={() => take(option)}
            >
              <span className="block truncate">{option.value}</span>
              {option.note && (
                <span dir="auto" className="block text-match text-muted text-xs">
                  {option.note}
                </span>
              )}
            </div>
          ))}
        </div>
      </div>
      <p role="status" className={note ? "text-muted text-sm" : "sr-only"}>
        {note}
      </p>
      {hint && (
        <p id={`${id}-hint`} className="text-muted text-sm">
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} className="text-error text-sm">
          {error}
        </p>
      )}
    </div>
  );
}
