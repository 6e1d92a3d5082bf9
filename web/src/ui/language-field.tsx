// The visitor's language: the browser's, or one with a catalogue.
import { useMemo } from "react";
import {
  chooseLanguage,
  chosenLanguage,
  LANGUAGES,
  nameOfLanguage,
  useLocale,
} from "../i18n/locale";
import { t } from "../i18n/translate";
import { SelectField } from "./select-field";

const BROWSER = "";

export function LanguageField() {
  const shown = useLocale();
  const languages = useMemo(
    () =>
      LANGUAGES.map((tag) => ({ value: tag, label: nameOfLanguage(tag), lang: tag })).sort((a, b) =>
        a.label.localeCompare(b.label, shown),
      ),
    [shown],
  );
  return (
    <SelectField
      label={t("settings.language")}
      value={chosenLanguage() ?? BROWSER}
      options={[{ value: BROWSER, label: t("settings.language_browser") }, ...languages]}
      onChange={(tag) => void chooseLanguage(tag === BROWSER ? null : tag)}
    />
  );
}
