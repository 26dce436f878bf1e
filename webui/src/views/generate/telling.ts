/** What a job does, in words. */
import { n, t } from "$lib/i18n/language.svelte";
import type { TrackedJob } from "$lib/jobs.svelte";

/** One line for now: its place in the queue, what is loaded, or which step is drawn. */
export function doing(job: TrackedJob): string {
  const { progress, parameters } = job;
  if (job.status === "queued") return job.queue_position ? n("watch.ahead", job.queue_position) : t("watch.next");
  if (job.status === "loading" || !progress || progress.phase === "starting" || progress.phase === "loading") {
    return t("watch.loading", { model: parameters?.model ?? "" });
  }
  const which =
    progress.count > 1 ? t("watch.picture", { picture: progress.picture + 1, count: progress.count }) + " · " : "";
  if (progress.phase === "decoding") return which + t("watch.decoding");
  if (progress.phase === "encoding" || !progress.steps) return which + t("watch.encoding");
  return which + t("watch.step", { step: progress.step, steps: progress.steps });
}
