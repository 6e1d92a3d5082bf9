// Matches a visitor's languages with ours by BCP 47: first by script (zh-TW is Traditional
// Chinese), then by region, then by language alone.

/** Norwegian means Bokmål here. */
const STANDS_FOR: Record<string, string> = { no: "nb", nn: "nb" };

export interface LocaleMatch {
  catalogue: string;
  tag: string;
}

export function matchLocale(
  wanted: readonly string[],
  offered: readonly string[],
): LocaleMatch | null {
  for (const tag of wanted) {
    const catalogue = catalogueFor(tag, offered);
    if (catalogue !== undefined) return { catalogue, tag };
  }
  return null;
}

function catalogueFor(tag: string, offered: readonly string[]): string | undefined {
  let locale: Intl.Locale;
  try {
    locale = new Intl.Locale(tag).maximize();
  } catch {
    return undefined;
  }
  const language = STANDS_FOR[locale.language] ?? locale.language;
  return (
    [`${language}-${locale.script}`, `${language}-${locale.region}`, language].find((one) =>
      offered.includes(one),
    ) ?? offered.find((one) => one.startsWith(`${language}-`))
  );
}
