import { type InputHTMLAttributes, type ReactNode, type Ref, useId } from "react";
import { classNames } from "./class-names";
import { isComposing } from "./is-composing";

export interface TextFieldProps extends InputHTMLAttributes<HTMLInputElement> {
  label: string;
  hint?: ReactNode;
  /** The field is invalid while there is one. */
  error?: string | null;
  ref?: Ref<HTMLInputElement>;
}

export function TextField({ label, hint, error, className, id, ...props }: TextFieldProps) {
  const invalid = error ? true : props["aria-invalid"];
  const made = useId();
  const field = id ?? made;
  const hintId = `${field}-hint`;
  const errorId = `${field}-error`;
  const described = [hint ? hintId : "", error ? errorId : ""].filter(Boolean).join(" ");
  return (
    <div className={classNames("flex flex-col gap-1.5", className)}>
      <label htmlFor={field} className="font-medium text-sm">
        {label}
      </label>
      <input
        dir="auto"
        {...props}
        onKeyDown={(event) => {
          // Enter confirms a composition here and must not submit the form.
          if (event.key === "Enter" && isComposing(event.nativeEvent)) event.preventDefault();
          props.onKeyDown?.(event);
        }}
        id={field}
        className={classNames("input w-full border-line text-base", invalid && "input-error")}
        aria-invalid={invalid}
        aria-describedby={described || undefined}
      />
      {hint && (
        <p id={hintId} className="text-muted text-sm">
          {hint}
        </p>
      )}
      {error && (
        <p id={errorId} className="text-error text-sm">
          {error}
        </p>
      )}
    </div>
  );
}
