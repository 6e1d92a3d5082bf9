import { intlTag } from "./translate";

/** As in "in 14 minutes". Rounded up. */
export function formatIn(seconds: number): string {
  const format = new Intl.RelativeTimeFormat(intlTag());
  const minutes = Math.ceil(seconds / 60);
  if (seconds < 60) return format.format(Math.max(1, Math.ceil(seconds)), "second");
  if (minutes < 60) return format.format(minutes, "minute");
  return format.format(Math.ceil(minutes / 60), "hour");
}

/** As in "2 / 3". */
export function formatPlace(place: number, of: number): string {
  const format = new Intl.NumberFormat(intlTag());
  return `${format.format(place)} / ${format.format(of)}`;
}

/** As in "3 Nov 2026". */
export function formatDay(time: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return time;
  return new Intl.DateTimeFormat(intlTag(), { dateStyle: "medium" }).format(date);
}
