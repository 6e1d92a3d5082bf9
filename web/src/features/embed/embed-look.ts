// The look that a host page asks for, checked field by field: what is not as expected is left out.
import { type InitMessage, isTheme, type WidgetTheme } from "../../protocol/widget-messages";

export interface EmbedLook {
  title?: string;
  greeting?: string;
  starters?: string[];
  accent?: string;
}

const MAX_STARTERS = 8;

export function lookOf(init: Record<keyof InitMessage, unknown>): EmbedLook {
  const accent = text(init.accent, 7);
  const starters = Array.isArray(init.starters) ? init.starters : [];
  return {
    title: text(init.title, 200),
    greeting: text(init.greeting, 2_000),
    starters: starters.flatMap((starter) => text(starter, 500) ?? []).slice(0, MAX_STARTERS),
    accent: accent && /^#([\da-f]{3}|[\da-f]{6})$/i.test(accent) ? accent : undefined,
  };
}

export function themeOf(init: Record<keyof InitMessage, unknown>): WidgetTheme | undefined {
  return isTheme(init.theme) ? init.theme : undefined;
}

/** A language tag that the browser knows how to read. */
export function localeOf(init: Record<keyof InitMessage, unknown>): string | undefined {
  if (typeof init.locale !== "string") return undefined;
  try {
    return Intl.getCanonicalLocales(init.locale)[0];
  } catch {
    return undefined;
  }
}

function text(value: unknown, max: number): string | undefined {
  if (typeof value !== "string") return undefined;
  return value.trim().slice(0, max) || undefined;
}
