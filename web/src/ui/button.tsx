// A button with text. While busy it keeps its place and focus, and does nothing.
import type { ButtonHTMLAttributes, Ref } from "react";
import { classNames } from "./class-names";
import { Spinner } from "./spinner";

const LOOKS = {
  primary: "btn-primary",
  outline: "border-line bg-base-100 hover:bg-base-200",
  quiet: "btn-ghost",
  danger: "btn-error",
} as const;

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: keyof typeof LOOKS;
  small?: boolean;
  busy?: boolean;
  ref?: Ref<HTMLButtonElement>;
}

export function Button({
  look = "outline",
  small = false,
  busy = false,
  className,
  children,
  onClick,
  type = "button",
  ...props
}: ButtonProps) {
  return (
    <button
      {...props}
      type={type}
      className={classNames("btn font-medium", LOOKS[look], small && "btn-sm", className)}
      aria-disabled={busy || undefined}
      aria-busy={busy || undefined}
      onClick={(event) => {
        // aria-disabled and not disabled: the focus stays, and a form is not sent twice.
        if (busy) event.preventDefault();
        else onClick?.(event);
      }}
    >
      {busy && <Spinner />}
      {children}
    </button>
  );
}
