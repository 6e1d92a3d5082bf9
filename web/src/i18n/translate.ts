// The product's texts in the current language: `t("area.name")`. English is built in: the build
// puts each key's English text next to it (build/inline-english.ts), so that a page carries only
// the texts that it uses. locale.ts selects the language.
import type builtInTexts from "../locales/en.json";
import { formatMessage, type Values } from "./format-message";

export type Key = keyof typeof builtInTexts;
export type Catalogue = Partial<Record<string, string>>;

/** The form of a key in built code. */
type BuiltKey = readonly [key: string, english: string];

let catalogue: Catalogue = {};
let tag: string | undefined;

/**
 * `{}` is English. `nextTag` (BCP 47) determines the format of dates and numbers; by default the
 * browser's.
 */
export function setCatalogue(next: Catalogue, nextTag?: string): void {
  catalogue = next;
  tag = nextTag;
}

/** The tag for `Intl`, which includes the visitor's region and not only the language. */
export function intlTag(): string | undefined {
  return tag;
}

/** The key must be a literal, since the build reads it. */
export function t(key: Key, values?: Values): string {
  const [name, builtIn] = key as unknown as BuiltKey;
  const text = catalogue[name] ?? builtIn;
  return values ? formatMessage(text, values, tag) : text;
}

/** In any language. As with `t`, the key must be a literal. */
export function english(key: Key): string {
  return (key as unknown as BuiltKey)[1];
}

/** For a key that is only known at run time. Undefined in English. */
export function translated(key: string): string | undefined {
  return catalogue[key];
}

export function isEnglish(): boolean {
  return Object.keys(catalogue).length === 0;
}
