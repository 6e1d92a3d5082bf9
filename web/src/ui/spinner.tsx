// A spinner. Its label is announced to screen readers.
import { classNames } from "./class-names";

export function Spinner({ label, className }: { label?: string; className?: string }) {
  const shape = classNames("loading loading-spinner", className ?? "size-4");
  if (label === undefined) return <span className={shape} aria-hidden="true" />;
  return <span className={shape} role="img" aria-label={label} />;
}
