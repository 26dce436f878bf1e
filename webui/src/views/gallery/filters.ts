/** Which pictures are wanted: words of the prompt, a model, what they began with, a time, favourites. */
import type { components, paths } from "$lib/api/schema";
import { midnight } from "$lib/moments";

export type Age = "any" | "day" | "week" | "month";
export type Mode = components["schemas"]["Mode"];
type Query = NonNullable<paths["/api/v1/pictures"]["get"]["parameters"]["query"]>;

export interface Filter {
  words: string;
  model: string;
  mode: Mode | "";
  age: Age;
  favourites: boolean;
}

export const NOTHING: Filter = { words: "", model: "", mode: "", age: "any", favourites: false };

const DAYS: Record<Exclude<Age, "any">, number> = { day: 1, week: 7, month: 30 };

/** The filter as the server takes it; days begin at midnight here. */
export function query(filter: Filter, now: number): Query {
  const since =
    filter.age === "any" ? undefined : new Date(midnight(now)).setDate(new Date(now).getDate() - DAYS[filter.age] + 1);
  return {
    search: filter.words.trim() || undefined,
    model: filter.model || undefined,
    mode: filter.mode || undefined,
    since: since === undefined ? undefined : new Date(since).toISOString(),
    favourite: filter.favourites || undefined,
  };
}
