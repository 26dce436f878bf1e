/** What the page knows of jobs: as the server listed them, kept current by its events. */
import { SvelteMap } from "svelte/reactivity";

import { api, ask, Refusal } from "$lib/api/client";
import type { Job, JobState, Plan, Queue, ServerEvent } from "$lib/api/types";
import { events } from "$lib/events.svelte";

/** A job, with what only its events tell. */
export interface TrackedJob extends Job {
  /** The latest rough picture, as a data URL, and which picture of the job it is of. */
  preview?: { picture: number; url: string };
  /** It was begun again by another plan, and why: one sentence of the server. */
  fallback?: { reason: string; plan: Plan | null };
  /** The worker that drew it is gone, and another one begins it again. */
  again?: boolean;
}

const ENDED: readonly JobState[] = ["completed", "failed", "cancelled"];
const RECENT = 60;
const SETTLE = 120;

export function hasEnded(job: Pick<Job, "status">): boolean {
  return ENDED.includes(job.status);
}

class Jobs {
  /** By id. Holds every job that is waiting or running, recent ones, and whichever was asked for. */
  readonly byId = new SvelteMap<string, TrackedJob>();
  /** Counts, pause and problems of the queue, as of the last transition. */
  queue = $state.raw<Queue | undefined>();
  /** Whether the first list has come. */
  loaded = $state(false);
  #settling: ReturnType<typeof setTimeout> | undefined;
  #asking = new Map<string, Promise<void>>();

  /** Newest first. */
  readonly all = $derived([...this.byId.values()].sort((a, b) => b.created.localeCompare(a.created)));
  readonly active = $derived(this.all.filter((job) => !hasEnded(job)).reverse());

  /** Follow the event stream. Returns what stops it. */
  follow(): () => void {
    const stops = [events.on((event) => this.apply(event)), events.onOpen(() => void this.refresh())];
    return () => stops.forEach((stop) => stop());
  }

  /** Ask for the queue and the recent jobs; what is known of previews and fallbacks stays, jobs that are gone do not. */
  async refresh(): Promise<void> {
    const before = [...this.byId.values()];
    try {
      const [list, queue] = await Promise.all([
        ask(api.GET("/api/v1/jobs", { params: { query: { limit: RECENT } } })),
        ask(api.GET("/api/v1/queue/status")),
      ]);
      for (const job of list.jobs) this.#listed(job);
      this.#queued(queue);
      const listed = new Set([...list.jobs, ...queue.running, ...queue.queued].map((job) => job.job_id));
      for (const job of before) if (!listed.has(job.job_id)) this.#unlisted(job);
      this.loaded = true;
    } catch {
      // The event stream says when the server is back, and this is asked again then.
    }
  }

  /** Take a job as the server shows it. */
  put(job: Job): void {
    const known = this.byId.get(job.job_id);
    const progress = job.progress ?? (hasEnded(job) ? null : (known?.progress ?? null));
    // Below a picture that is finished its preview lies until it is shown; nothing comes of the others.
    const preview = job.status === "failed" || job.status === "cancelled" ? undefined : known?.preview;
    const again = known?.again && !hasEnded(job) && job.status !== "queued";
    this.byId.set(job.job_id, { ...job, progress, preview, fallback: known?.fallback, again });
  }

  /** One of a job's pictures was deleted; the job goes with its last one. */
  lose(id: string, index: number): void {
    const job = this.byId.get(id);
    if (!job) return;
    const images = job.images.filter((one) => one.index !== index);
    if (images.length) this.byId.set(id, { ...job, images });
    else this.byId.delete(id);
  }

  forget(id: string): void {
    this.byId.delete(id);
  }

  apply(event: ServerEvent): void {
    const job = this.byId.get(event.job);
    if ("image" in event) {
      const url = `data:image/jpeg;base64,${event.image}`;
      if (!job || hasEnded(job)) return;
      for (const other of this.byId.values()) {
        if (other.preview && hasEnded(other)) this.byId.set(other.job_id, { ...other, preview: undefined });
      }
      this.byId.set(event.job, { ...job, preview: { picture: event.picture, url } });
    } else if ("percent" in event) {
      if (!job || hasEnded(job)) return;
      // Nothing starts under a job that runs, unless what drew it is gone.
      const again = job.again || (job.kind === "generate" && job.status === "running" && event.phase === "starting");
      this.byId.set(event.job, { ...job, progress: event, again });
    } else {
      if (job && event.type === "device.fallback") {
        const fallback = { reason: event.reason ?? "", plan: event.plan };
        this.byId.set(event.job, { ...job, fallback, preview: undefined });
      } else if (job && event.state && !hasEnded({ status: event.state })) {
        this.byId.set(event.job, { ...job, status: event.state, plan: event.plan ?? job.plan });
      }
      void this.load(event.job);
      this.#settle();
    }
  }

  /** Ask for one job. Calls for the same job while one is under way are answered by one more. */
  load(id: string): Promise<void> {
    const under = this.#asking.get(id);
    const asking = (under ?? Promise.resolve()).then(async () => {
      if (this.#asking.get(id) !== asking) return;
      try {
        this.put(await ask(api.GET("/api/v1/jobs/{job_id}", { params: { path: { job_id: id } } })));
      } catch (error) {
        if (error instanceof Refusal && error.status === 404) this.byId.delete(id);
        // Else the server is gone: the next list tells.
      } finally {
        if (this.#asking.get(id) === asking) this.#asking.delete(id);
      }
    });
    this.#asking.set(id, asking);
    return asking;
  }

  /** Places in the queue change with every transition of any job: ask once when things have settled. */
  #settle(): void {
    clearTimeout(this.#settling);
    this.#settling = setTimeout(async () => {
      const queue = await ask(api.GET("/api/v1/queue/status")).catch(() => undefined);
      if (queue) this.#queued(queue);
    }, SETTLE);
  }

  #queued(queue: Queue): void {
    this.queue = queue;
    for (const job of [...queue.running, ...queue.queued]) this.#listed(job);
  }

  /** What is not among the recent ones: an old one that ended, or one that the server does not know any more. */
  #unlisted(job: TrackedJob): void {
    if (hasEnded(job)) this.byId.delete(job.job_id);
    else void this.load(job.job_id);
  }

  /** A list may be older than what events told since: a job that ended does not run again because of one. */
  #listed(job: Job): void {
    const known = this.byId.get(job.job_id);
    if (known && hasEnded(known) && !hasEnded(job)) void this.load(job.job_id);
    else this.put(job);
  }
}

export const jobs = new Jobs();
