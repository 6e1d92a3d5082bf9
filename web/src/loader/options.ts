// The options of a script tag, from its data- attributes.
import type { WidgetMode, WidgetOptions } from "../protocol/widget-api";

/** Null if the tag has neither a target nor a mode. */
export function optionsOf(
  data: DOMStringMap,
): { target: string | undefined; options: WidgetOptions } | null {
  // A copy without a prototype, since a page may have added to Object.prototype.
  const own: DOMStringMap = { __proto__: null as never, ...data };
  const { target, mode, site, starters, ...rest } = own;
  if (!target && !mode) return null;
  return {
    target,
    options: {
      ...(rest as object),
      mode: mode as WidgetMode | undefined,
      siteId: site,
      starters: starters?.split("|"),
    },
  };
}
