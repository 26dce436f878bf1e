/** Which picture the stage shows: the one that was picked, else the job that is drawn now, else the latest. */
import { hasEnded, jobs, type TrackedJob } from "$lib/jobs.svelte";

export interface Shown {
  job: TrackedJob;
  /** Which of its pictures; for a job that still draws, the one that is under way unless another was picked. */
  index: number;
}

const TILES = 60;

class Watched {
  #picked = $state.raw<{ id: string; index: number } | undefined>();

  readonly drawings = $derived(jobs.all.filter((job) => job.kind === "generate" && job.parameters));

  readonly shown = $derived.by((): Shown | undefined => {
    const picked = this.#picked && jobs.byId.get(this.#picked.id);
    if (picked && this.#picked && holds(picked, this.#picked.index)) return { job: picked, index: this.#picked.index };
    const drawn = jobs.active.filter((job) => job.kind === "generate");
    const job = drawn.find((one) => one.status !== "queued") ?? drawn[0] ?? this.drawings[0];
    return job && { job, index: hasEnded(job) ? (job.images.at(-1)?.index ?? 0) : under(job) };
  });

  /** Everything recent, newest first: one tile for each finished picture and one for each job that is not done. */
  readonly tiles = $derived(
    this.drawings
      .flatMap((job): Shown[] => {
        const done = job.images.map((picture) => ({ job, index: picture.index })).reverse();
        return job.status === "completed" ? done : [{ job, index: under(job) }, ...done];
      })
      .slice(0, TILES),
  );

  /** Show this one, whatever else happens. */
  pick(id: string, index: number): void {
    this.#picked = { id, index };
  }

  /** Show what is drawn now. */
  follow(): void {
    this.#picked = undefined;
  }
}

/** The index of the picture that a job draws now: after those that are there, of which some may have been deleted. */
export function under(job: Pick<TrackedJob, "progress" | "images">): number {
  return Math.max(job.progress?.picture ?? 0, (job.images.at(-1)?.index ?? -1) + 1);
}

/** Whether a job has this picture, or may still have it. */
function holds(job: TrackedJob, index: number): boolean {
  return job.status !== "completed" || job.images.some((one) => one.index === index);
}

export const watched = new Watched();
