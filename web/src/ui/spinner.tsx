// A sign that something is being waited for. With a label it says so to screen readers too.
import { classNames } from "./class-names";

export function Spinner({ label, className }: { label?: string; className?: string }) {
  const shape = classNames("loading loading-spinner", className ?? "size-4");
  if (label === undefined) return <span className={shape} aria-hidden="true" />;
  return <span className={shape} role="img" aria-label={label} />;
}
