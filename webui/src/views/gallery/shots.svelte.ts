/** Every finished picture that the server keeps, newest first: loaded in the background, kept current by events. */
import { api, ask } from "$lib/api/client";
import type { Job, Picture } from "$lib/api/types";
import { events } from "$lib/events.svelte";
import { hasEnded, jobs } from "$lib/jobs.svelte";

/** A finished picture: what the grid, the search and a download need of it. */
export interface Shot {
  /** Job and number: what tells it from all others, and its address. */
  key: string;
  job: string;
  name: string;
  prompt: string;
  model: string;
  seed: number;
  width: number;
  height: number;
  bytes: number;
  url: string;
  /** When it was asked for, in milliseconds. */
  created: number;
}

const FIRST = 100;
const MORE = 500;
const ENDED = ["completed", "failed", "cancelled"] as const;

/** Without the file's ending: an address with one is not the page's, but a file's. */
export function keyOf(job: string, name: string): string {
  return `${job}/${name.replace(/\.\w+$/, "")}`;
}

export function shotsOf(job: Job): Shot[] {
  const created = Date.parse(job.created);
  return job.images.map((picture: Picture) => ({
    key: keyOf(job.job_id, picture.name),
    job: job.job_id,
    name: picture.name,
    prompt: picture.parameters.prompt,
    model: picture.parameters.model,
    seed: picture.seed,
    width: picture.width,
    height: picture.height,
    bytes: picture.bytes,
    url: picture.url,
    created,
  }));
}

class Shots {
  /** Newest first, without those that are about to be deleted. */
  readonly list = $derived.by(() => this.#all.filter((shot) => !this.#hidden.has(shot.job)));
  /** How many jobs were looked at, of how many. */
  seen = $state(0);
  total = $state(0);
  /** Whether the first page has come, and whether the last one has. */
  begun = $state(false);
  complete = $state(false);
  #all = $state.raw<Shot[]>([]);
  #hidden = $state.raw<ReadonlySet<string>>(new Set());
  #jobs = new Set<string>();
  #run = 0;

  /** Load, and stay current. Returns what stops that. */
  follow(): () => void {
    const stops = [
      events.on((event) => {
        if ("state" in event && event.state && hasEnded({ status: event.state })) void this.#take(event.job);
      }),
      events.onOpen(() => void this.#load()),
    ];
    return () => {
      this.#run++;
      stops.forEach((stop) => stop());
    };
  }

  of(key: string): Shot | undefined {
    return this.#all.find((shot) => shot.key === key);
  }

  /** Pictures that were drawn by one job; the server keeps and deletes them together. */
  together(job: string): Shot[] {
    return this.#all.filter((shot) => shot.job === job);
  }

  /** Take jobs out of sight until they are forgotten or shown again. */
  hide(ids: Iterable<string>): void {
    this.#hidden = new Set([...this.#hidden, ...ids]);
  }

  show(ids: Iterable<string>): void {
    const back = new Set(ids);
    this.#hidden = new Set([...this.#hidden].filter((id) => !back.has(id)));
  }

  /** They are deleted. */
  forget(id: string): void {
    this.#all = this.#all.filter((shot) => shot.job !== id);
    if (this.#jobs.delete(id)) this.total--;
    this.seen = this.#jobs.size;
    this.show([id]);
    jobs.forget(id);
  }

  /** From the newest on, page by page, until everything is known. */
  async #load(): Promise<void> {
    const run = ++this.#run;
    this.complete = false;
    const known = new Set<string>();
    let offset = 0;
    for (;;) {
      const query = { kind: ["generate" as const], status: [...ENDED], limit: offset ? MORE : FIRST, offset };
      const page = await ask(api.GET("/api/v1/jobs", { params: { query } })).catch(() => undefined);
      if (!page || run !== this.#run) return; // the stream says when the server is back; or a newer run has begun
      this.total = page.total;
      this.#add(page.jobs);
      page.jobs.forEach((job) => known.add(job.job_id));
      this.begun = true;
      offset += page.jobs.length;
      if (!page.jobs.length || offset >= page.total) break;
    }
    const gone = [...this.#jobs].filter((id) => !known.has(id) && !jobs.byId.has(id));
    if (gone.length) this.#drop(new Set(gone));
    this.complete = true;
  }

  #drop(gone: ReadonlySet<string>): void {
    gone.forEach((id) => this.#jobs.delete(id));
    this.#all = this.#all.filter((shot) => !gone.has(shot.job));
    this.seen = this.#jobs.size;
  }

  async #take(id: string): Promise<void> {
    await jobs.load(id);
    const job = jobs.byId.get(id);
    if (!job || job.kind !== "generate" || !hasEnded(job)) return;
    if (!this.#jobs.has(id)) this.total++;
    this.#add([job]);
  }

  #add(found: readonly Job[]): void {
    const fresh = found.filter((job) => !this.#jobs.has(job.job_id));
    const again = new Set(found.filter((job) => this.#jobs.has(job.job_id)).map((job) => job.job_id));
    fresh.forEach((job) => this.#jobs.add(job.job_id));
    this.seen = this.#jobs.size;
    // A job that was tried again may have other pictures than it had.
    const changed = found.filter(
      (job) => again.has(job.job_id) && job.images.length !== this.together(job.job_id).length,
    );
    const redo = new Set(changed.map((job) => job.job_id));
    const added = [...fresh, ...changed].flatMap(shotsOf);
    if (!added.length && !redo.size) return;
    const kept = redo.size ? this.#all.filter((shot) => !redo.has(shot.job)) : this.#all;
    this.#all = [...kept, ...added].sort((a, b) => b.created - a.created || a.name.localeCompare(b.name));
  }
}

export const shots = new Shots();
