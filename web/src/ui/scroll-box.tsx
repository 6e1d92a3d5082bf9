import type { HTMLAttributes } from "react";
import { classNames } from "./class-names";

export interface ScrollBoxProps extends HTMLAttributes<HTMLDivElement> {
  label: string;
}

/**
 * Content that scrolls by itself, which the keyboard must be able to reach (WCAG 2.1.1). A group
 * and not a region, since regions of one page need different names.
 */
export function ScrollBox({ label, className, ...props }: ScrollBoxProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset groups the fields of a form
    <div
      {...props}
      role="group"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
      tabIndex={0}
      aria-label={label}
      className={classNames("-outline-offset-2", className)}
    />
  );
}
