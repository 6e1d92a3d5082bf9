// The loader's texts in the languages of the catalogues.
import { catalogues } from "virtual:loader-texts";
import { matchLocale } from "../i18n/match-locale";
import { ENGLISH, type LoaderTexts } from "./texts";

/** The texts in the language of `locale` (BCP 47), or in English. */
export function textsIn(locale: string): LoaderTexts {
  const match = matchLocale([locale], Object.keys(catalogues));
  return { ...ENGLISH, ...(match && catalogues[match.catalogue]) };
}
