/** In what two pictures' settings differ. */
import type { Parameters } from "$lib/api/types";

const COMPARED = [
  ...(["prompt", "negative_prompt", "model", "width", "height", "steps", "cfg_scale", "sampler", "scheduler"] as const),
  ...(["seed", "strength", "clip_skip"] as const),
];

export type Compared = (typeof COMPARED)[number];

/** The fields in which they differ, with both values. */
export function differences(one: Parameters, other: Parameters): { field: Compared; values: [string, string] }[] {
  return COMPARED.filter((field) => one[field] !== other[field]).map((field) => ({
    field,
    values: [String(one[field] ?? "–"), String(other[field] ?? "–")],
  }));
}
