// The language of the page: the host page's option, else the visitor's choice, else the browser's
// list. Loads its catalogue, and sets the document's language and direction.
import { useSyncExternalStore } from "react";
import { matchLocale } from "./match-locale";
import { type Catalogue, setCatalogue } from "./translate";

const ENGLISH = "en";
const RIGHT_TO_LEFT = ["ar", "fa", "he"];
const STORED = "so.language";

const urls: Record<string, string> = import.meta.glob(
  ["../locales/*.json", "!../locales/en.json"],
  {
    query: "?url",
    import: "default",
    eager: true,
  },
);
const urlOf = (tag: string) => urls[`../locales/${tag}.json`];

/** BCP 47 tags. */
export const LANGUAGES: readonly string[] = [
  ENGLISH,
  ...Object.keys(urls).map((path) => path.slice("../locales/".length, -".json".length)),
];

let hostTag: string | undefined;
let shown = ENGLISH;
/** Counts changes, so that a catalogue that arrives late does not replace a newer choice. */
let round = 0;
const listeners = new Set<() => void>();

/** Resolves when the texts are loaded. */
export function startLocale(): Promise<void> {
  window.addEventListener("storage", (event) => {
    if (event.key === STORED) void apply();
  });
  return apply();
}

/** Overrides the visitor's own language. */
export function setHostLocale(tag: string | undefined): Promise<void> {
  hostTag = tag;
  return apply();
}

/** Whether the host page decides, so that the visitor has no choice. */
export function isHostLocale(): boolean {
  return hostTag !== undefined;
}

/** One of LANGUAGES, or null for the browser's. */
export function chosenLanguage(): string | null {
  try {
    return localStorage.getItem(STORED);
  } catch {
    return null;
  }
}

export function chooseLanguage(tag: string | null): Promise<void> {
  try {
    if (tag === null) localStorage.removeItem(STORED);
    else localStorage.setItem(STORED, tag);
  } catch {
    // Storage is denied in some frames, which keep the browser's language.
  }
  return apply();
}

/** Rerenders the component when the language changes. */
export function useLocale(): string {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => shown,
  );
}

/** As in "Deutsch", "Português (Brasil)". */
export function nameOfLanguage(tag: string): string {
  const name = new Intl.DisplayNames([tag], { type: "language" }).of(tag) ?? tag;
  return name.charAt(0).toLocaleUpperCase(tag) + name.slice(1);
}

async function apply(): Promise<void> {
  const mine = ++round;
  const wanted = [hostTag, chosenLanguage(), ...navigator.languages];
  const match = matchLocale(
    wanted.filter((tag) => typeof tag === "string"),
    LANGUAGES,
  );
  const language = match?.catalogue ?? ENGLISH;
  let catalogue: Catalogue = {};
  if (language !== ENGLISH) {
    try {
      catalogue = await fetchCatalogue(language);
    } catch {
      // English is better than nothing, but the current texts are better than English.
      return;
    }
    if (mine !== round) return;
  }
  setCatalogue(catalogue, match?.tag);
  shown = language;
  document.documentElement.lang = language;
  document.documentElement.dir = RIGHT_TO_LEFT.includes(language) ? "rtl" : "ltr";
  for (const listener of listeners) listener();
}

async function fetchCatalogue(language: string): Promise<Catalogue> {
  const response = await fetch(urlOf(language) ?? "");
  if (!response.ok) throw new Error(`no catalogue for ${language}`);
  return response.json();
}
