import { t } from "../../i18n/translate";

/** Format and control characters, blanks, fillers. */
const INVISIBLE = /^[\p{Cc}\p{Cf}\p{Z}\p{M}\u115F\u1160\u3164\uFFA0\u2800]*$/u;

export function titleOf(title: string): string {
  return INVISIBLE.test(title) ? t("threads.untitled") : title;
}
