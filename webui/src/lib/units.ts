/** Numbers with their units, as people read them. */
import { language, t } from "$lib/i18n/language.svelte";

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];
const THOUSAND = 1000;

/** `4.3 GB` */
export function bytes(count: number): string {
  const power = count < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(count) / 3));
  const value = count / THOUSAND ** power;
  const digits = value < 10 && power > 1 ? 1 : 0;
  const unitDisplay = power ? "short" : "long"; // briefly said, bytes have no plural
  const format = { style: "unit", unit: UNITS[power], unitDisplay, maximumFractionDigits: digits } as const;
  return new Intl.NumberFormat(language.code, format).format(value);
}

/** A length of time from a second to hours, to the precision that matters: `8 s`, `3 min`, `1 h 20 min`. */
export function duration(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds));
  if (whole < 90) return t("time.seconds", { count: whole });
  const minutes = Math.round(whole / 60);
  if (minutes < 90) return t("time.minutes", { count: minutes });
  return t("time.hours", { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
}
