/** Which pictures are wanted: words of the prompt, a model, a time, favourites. */
import type { Shot } from "./shots.svelte";

export type Age = "any" | "day" | "week" | "month";

export interface Filter {
  words: string;
  model: string;
  age: Age;
  favourites: boolean;
}

export const NOTHING: Filter = { words: "", model: "", age: "any", favourites: false };

const DAYS: Record<Exclude<Age, "any">, number> = { day: 1, week: 7, month: 30 };

/** Midnight of a moment's day, as a number that tells days apart. */
export function dayOf(moment: number): number {
  return new Date(moment).setHours(0, 0, 0, 0);
}

/** The pictures that have every word in their prompt, model or seed, and pass the other filters. */
export function chosen(
  shots: readonly Shot[],
  filter: Filter,
  favourite: (key: string) => boolean,
  now: number,
): readonly Shot[] {
  const words = filter.words.toLowerCase().split(/\s+/).filter(Boolean);
  const since = filter.age === "any" ? 0 : new Date(dayOf(now)).setDate(new Date(now).getDate() - DAYS[filter.age] + 1);
  if (!words.length && !filter.model && !since && !filter.favourites) return shots;
  return shots.filter((shot) => {
    if (filter.model && shot.model !== filter.model) return false;
    if (shot.created < since || (filter.favourites && !favourite(shot.key))) return false;
    const text = `${shot.prompt} ${shot.model} ${shot.seed}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
