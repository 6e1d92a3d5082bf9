// The subset of ICU MessageFormat that our catalogues use: `{name}`, and plurals selected by Intl:
// `{count, plural, =0 {none} one {# note} other {# notes}}`.

export type Values = Readonly<Record<string, string | number>>;

const PLACEHOLDER = /\{(\w+)(?:, plural,((?:\s*(?:=\d+|\w+) \{(?:[^{}]|\{\w+\})*\})+))?\}/g;
const BRANCH = /(=\d+|\w+) \{((?:[^{}]|\{\w+\})*)\}/g;

/** Numbers are formatted by the conventions of `tag` (BCP 47). */
export function formatMessage(text: string, values: Values, tag?: string): string {
  return text.replace(PLACEHOLDER, (_whole, name: string, branches?: string) => {
    const value = values[name] ?? "";
    const shown = typeof value === "number" ? new Intl.NumberFormat(tag).format(value) : value;
    if (branches === undefined) return shown;
    const branch = pluralBranch(branches, Number(value), tag).replaceAll("#", () => shown);
    return formatMessage(branch, values, tag);
  });
}

/** An exact branch (`=0`) takes precedence over the language's category. */
function pluralBranch(branches: string, count: number, tag?: string): string {
  const texts = new Map([...branches.matchAll(BRANCH)].map(([, name, text]) => [name, text]));
  const category = new Intl.PluralRules(tag).select(count);
  return texts.get(`=${count}`) ?? texts.get(category) ?? texts.get("other") ?? "";
}
