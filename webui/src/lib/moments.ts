/** Days and times as people say them, in the page's language. */
import { language } from "$lib/i18n/language.svelte";

const DAY = 86_400_000;

/** Midnight of a moment's day: a number that tells days apart. */
export function midnight(moment: number): number {
  return new Date(moment).setHours(0, 0, 0, 0);
}

/** `Today`, `Yesterday`, `Friday 3 April`, and the year when it is another one. */
export function day(moment: number, now = Date.now()): string {
  const ago = Math.round((midnight(now) - midnight(moment)) / DAY);
  if (ago === 0 || ago === 1) {
    const said = new Intl.RelativeTimeFormat(language.code, { numeric: "auto" }).format(-ago, "day");
    return said.charAt(0).toLocaleUpperCase(language.code) + said.slice(1);
  }
  const year = new Date(moment).getFullYear() === new Date(now).getFullYear() ? undefined : ("numeric" as const);
  return new Intl.DateTimeFormat(language.code, { weekday: "long", day: "numeric", month: "long", year }).format(
    moment,
  );
}

/** `14:32`, and the day before it when it is not today's. */
export function time(moment: number, now = Date.now()): string {
  const today = midnight(moment) === midnight(now);
  const year = new Date(moment).getFullYear() === new Date(now).getFullYear() ? undefined : ("numeric" as const);
  const date = today ? {} : ({ day: "numeric", month: "short", year } as const);
  return new Intl.DateTimeFormat(language.code, { hour: "2-digit", minute: "2-digit", ...date }).format(moment);
}

/** `14:32:07`. */
export function clock(moment: number): string {
  return new Intl.DateTimeFormat(language.code, { timeStyle: "medium" }).format(moment);
}
