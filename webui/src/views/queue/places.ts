/** Places in the queue: only jobs of the same priority change places with one another. */
import type { Job } from "$lib/api/types";

type Placed = Pick<Job, "job_id" | "priority">;

/** First and last index that a job may have in the list. */
export function bounds(list: readonly Placed[], index: number): [number, number] {
  const priority = list[index]?.priority;
  let first = index;
  let last = index;
  while (first > 0 && list[first - 1]?.priority === priority) first--;
  while (last < list.length - 1 && list[last + 1]?.priority === priority) last++;
  return [first, last];
}

/** The list with one job elsewhere, as far as its priority lets it go; and its place among its priority, from 0. */
export function moved<T extends Placed>(list: readonly T[], from: number, to: number): { list: T[]; place: number } {
  const [first, last] = bounds(list, from);
  const target = Math.min(last, Math.max(first, to));
  const next = [...list];
  const [job] = next.splice(from, 1);
  if (job) next.splice(target, 0, job);
  return { list: next, place: target - first };
}
