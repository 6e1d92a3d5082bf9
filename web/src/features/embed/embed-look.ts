// The appearance options of a host page, checked field by field. Invalid values are ignored.
import type { ShownParts, WidgetTheme } from "../../protocol/widget-api";
import { type InitMessage, isTheme } from "../../protocol/widget-messages";

export interface EmbedLook {
  title?: string;
  greeting?: string;
  starters?: string[];
  accent?: string;
  show?: ShownParts;
}

const MAX_STARTERS = 8;
const PARTS = ["conversations", "notes", "settings", "theme", "usage"] as const;

export function lookOf(init: Record<keyof InitMessage, unknown>): EmbedLook {
  const accent = text(init.accent, 7);
  const starters = Array.isArray(init.starters) ? init.starters : [];
  return {
    title: text(init.title, 200),
    greeting: text(init.greeting, 2_000),
    starters: starters.flatMap((starter) => text(starter, 500) ?? []).slice(0, MAX_STARTERS),
    show: shownOf(init.show),
    accent: accent && /^#([\da-f]{3}|[\da-f]{6})$/i.test(accent) ? accent : undefined,
  };
}

export function themeOf(init: Record<keyof InitMessage, unknown>): WidgetTheme | undefined {
  return isTheme(init.theme) ? init.theme : undefined;
}

export function localeOf(init: Record<keyof InitMessage, unknown>): string | undefined {
  if (typeof init.locale !== "string") return undefined;
  try {
    return Intl.getCanonicalLocales(init.locale)[0];
  } catch {
    return undefined;
  }
}

function shownOf(value: unknown): ShownParts {
  const given = typeof value === "object" && value !== null ? (value as ShownParts) : {};
  return Object.fromEntries(
    PARTS.flatMap((part) => (typeof given[part] === "boolean" ? [[part, given[part]]] : [])),
  );
}

function text(value: unknown, max: number): string | undefined {
  if (typeof value !== "string") return undefined;
  return value.trim().slice(0, max) || undefined;
}
