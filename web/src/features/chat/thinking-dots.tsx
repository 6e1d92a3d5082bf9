// The status region announces this.
export function ThinkingDots() {
  return (
    <div aria-hidden="true" className="flex h-6 items-center gap-1.5">
      <span className="size-1.5 animate-pulse rounded-full bg-muted" />
      <span className="size-1.5 animate-pulse rounded-full bg-muted [animation-delay:150ms]" />
      <span className="size-1.5 animate-pulse rounded-full bg-muted [animation-delay:300ms]" />
    </div>
  );
}
