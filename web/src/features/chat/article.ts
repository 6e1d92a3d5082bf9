// Messages out of view are not laid out until they are scrolled to. That also clips what overflows
// an article: its side margins leave room for focus rings, and tooltips open upwards.
export const ARTICLE =
  "group/message -mx-3 [contain-intrinsic-size:auto_8rem] px-3 pb-1 [content-visibility:auto] scroll-mt-4 print:[content-visibility:visible] print:break-inside-avoid-page";

export const ACTIONS = "flex items-center gap-0.5 text-muted transition-opacity";

/** Hidden until the message is hovered or focused; touch screens cannot hover. */
export const QUIET =
  "pointer-fine:opacity-0 group-focus-within/message:opacity-100 group-hover/message:opacity-100";
