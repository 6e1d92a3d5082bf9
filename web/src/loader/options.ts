// What a host page may ask for, in script or as data- attributes on the script tag.
import type { WidgetLook, WidgetMode } from "../protocol/widget-messages";

export interface WidgetOptions extends WidgetLook {
  siteId?: string;
  /** Another API than the frame's own; the frame refuses it unless the operator lists it. */
  apiUrl?: string;
  width?: string | number;
  /** "auto" follows the content between 160 and 800 px. */
  height?: string | number;
  mode?: WidgetMode;
  position?: "right" | "left";
  /** Asks the host's own backend for a client secret. */
  getClientSecret?: () => string | Promise<string>;
}

/** The options of a script tag, or null when it names neither a target nor a mode. */
export function optionsOf(
  data: DOMStringMap,
): { target: string | undefined; options: WidgetOptions } | null {
  if (!data.target && !data.mode) return null;
  const { target, site, starters, ...rest } = data;
  return {
    target,
    options: {
      ...(rest as WidgetOptions),
      siteId: site,
      starters: starters?.split("|").map((starter) => starter.trim()),
    },
  };
}
