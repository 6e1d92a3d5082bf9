// The options of a script tag, from its data- attributes.
import type { WidgetOptions } from "../protocol/widget-api";

export type TagOptions = WidgetOptions & { target?: string };

/** Null if the tag has neither a target nor a mode. */
export function optionsOf(data: DOMStringMap): TagOptions | null {
  // A copy without a prototype, since a page may have added to Object.prototype. Not by `...data`:
  // with a `get` there, Chromium does not spread a DOMStringMap.
  const options: Record<string, unknown> = { __proto__: null };
  for (const name of Reflect.ownKeys(data) as string[]) options[name] = data[name];
  options.siteId = options.site;
  options.starters = (options.starters as string | undefined)?.split("|");
  return options.target || options.mode ? options : null;
}
