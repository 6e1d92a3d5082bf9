// The product's mark in the accent colour. Decorative: adjacent text names it.
import { classNames } from "./class-names";

export function BrandMark({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" className={classNames("shrink-0", className)} aria-hidden="true">
      <rect width="32" height="32" rx="9" className="fill-primary" />
      <path
        d="M8.5 18.5c2.6 5 7 5 7.5-2.5s5-7.5 7.5-2.5"
        className="fill-none stroke-primary-content"
        strokeWidth="3"
        strokeLinecap="round"
      />
    </svg>
  );
}
