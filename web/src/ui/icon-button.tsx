// A button with an icon: its label is its accessible name and, on hover or focus, its tooltip.
import { type ButtonHTMLAttributes, type ReactNode, type Ref, useEffect, useState } from "react";
import { classNames } from "./class-names";

const SIDES = {
  top: "bottom-full mb-1.5 left-1/2 -translate-x-1/2",
  bottom: "top-full mt-1.5 left-1/2 -translate-x-1/2",
  "bottom-start": "top-full mt-1.5 start-0",
  "bottom-end": "top-full mt-1.5 end-0",
  "top-start": "bottom-full mb-1.5 start-0",
  start: "end-full me-1.5 top-1/2 -translate-y-1/2",
  "top-end": "bottom-full mb-1.5 end-0",
} as const;

export interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  label: string;
  icon: ReactNode;
  side?: keyof typeof SIDES;
  small?: boolean;
  ref?: Ref<HTMLButtonElement>;
}

export function IconButton({
  label,
  icon,
  side = "bottom",
  small = false,
  className,
  type = "button",
  ...props
}: IconButtonProps) {
  const [hinted, setHinted] = useState(false);

  // A tooltip that covers something must close on Escape (WCAG 1.4.13).
  useEffect(() => {
    if (!hinted) return;
    const hide = (event: KeyboardEvent) => event.key === "Escape" && setHinted(false);
    document.addEventListener("keydown", hide);
    return () => document.removeEventListener("keydown", hide);
  }, [hinted]);

  return (
    <span className="relative inline-flex">
      <button
        {...props}
        type={type}
        aria-label={label}
        className={classNames("btn btn-ghost btn-square", small && "btn-sm", className)}
        onPointerEnter={(event) => event.pointerType === "mouse" && setHinted(true)}
        onPointerLeave={() => setHinted(false)}
        onPointerDown={() => setHinted(false)}
        onFocus={(event) => event.target.matches(":focus-visible") && setHinted(true)}
        onBlur={() => setHinted(false)}
      >
        {icon}
      </button>
      {hinted && (
        <span
          aria-hidden="true"
          className={classNames(
            "pointer-events-none absolute z-30 rounded-md bg-neutral px-2 py-1",
            "text-neutral-content text-xs whitespace-nowrap shadow-pop",
            SIDES[side],
          )}
        >
          {label}
        </span>
      )}
    </span>
  );
}
