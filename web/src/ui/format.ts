// Times and waits as people say them.

let locale: string | undefined;

/** Has dates written as in `tag` (BCP 47), which a host page may ask for; the browser's otherwise. */
export function setLocale(tag: string | undefined): void {
  locale = tag;
}

/** A wait in words: "20 seconds", "a minute", "15 minutes", "2 hours". Rounded up. */
export function formatWait(seconds: number): string {
  if (seconds <= 1) return "a second";
  if (seconds < 60) return `${Math.ceil(seconds)} seconds`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes === 1) return "a minute";
  if (minutes < 60) return `${minutes} minutes`;
  const hours = Math.ceil(minutes / 60);
  return hours === 1 ? "an hour" : `${hours} hours`;
}

/** A day as the visitor's language (or the host page's) writes it: "3 Nov 2026". */
export function formatDay(time: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return time;
  return new Intl.DateTimeFormat(locale, { dateStyle: "medium" }).format(date);
}
