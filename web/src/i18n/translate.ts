// The texts of the product in the language that is in force: `t("area.name")`. English is built in;
// the build puts each key's English text next to it (build/inline-english.ts), so that a page
// carries no more of the catalogue than it says. locale.ts decides the language.
import type builtInTexts from "../locales/en.json";
import { formatMessage, type Values } from "./format-message";

export type Key = keyof typeof builtInTexts;
export type Catalogue = Partial<Record<string, string>>;

/** What a key is in built code. */
type BuiltKey = readonly [key: string, english: string];

let catalogue: Catalogue = {};
let tag: string | undefined;

/**
 * Puts a catalogue into force; `{}` is English. `nextTag` (BCP 47) is how dates and numbers are
 * written; by default as the browser does.
 */
export function setCatalogue(next: Catalogue, nextTag?: string): void {
  catalogue = next;
  tag = nextTag;
}

/** The tag for `Intl`: the visitor's region counts, not the language of the catalogue alone. */
export function intlTag(): string | undefined {
  return tag;
}

/** The text of a key, with its values filled in. The key is a literal: the build reads it. */
export function t(key: Key, values?: Values): string {
  const [name, builtIn] = key as unknown as BuiltKey;
  const text = catalogue[name] ?? builtIn;
  return values ? formatMessage(text, values, tag) : text;
}

/** The English text of a key, whatever the language. As for `t`, the key is a literal. */
export function english(key: Key): string {
  return (key as unknown as BuiltKey)[1];
}

/** The text of a key that is known at run time alone, where the language is not English. */
export function translated(key: string): string | undefined {
  return catalogue[key];
}

/** Whether the texts are the English ones that are built in. */
export function isEnglish(): boolean {
  return Object.keys(catalogue).length === 0;
}
