/** How a job is called and what it is doing, in words: drawings, downloads, checksums, conversions. */
import { n, t } from "$lib/i18n/language.svelte";
import { hasEnded, type TrackedJob } from "$lib/jobs.svelte";
import { bytes, duration } from "$lib/units";

/** What it is about: the prompt, the source, the models. */
export function title(job: TrackedJob): string {
  const { request } = job;
  if (!request) return job.parameters?.prompt || t("work.unnamed");
  if (request.kind === "download") return t("work.download", { source: request.source });
  if (request.kind === "hash") return n("work.hash", request.models.length, { first: request.models[0] ?? "" });
  return t("work.convert", { model: request.model, type: request.type });
}

/** A line below: the settings, or the files. */
export function about(job: TrackedJob): string {
  const found = job.parameters;
  if (!found) return job.files.map((file) => `${file.name} (${bytes(file.bytes)})`).join(", ");
  const count = found.batch_count * found.batch_size;
  const size = `${found.width} × ${found.height}`;
  return [found.model, size, t("work.steps", { steps: found.steps }), count > 1 ? n("work.pictures", count) : ""]
    .filter(Boolean)
    .join(" · ");
}

/** What it does at this moment. */
export function doing(job: TrackedJob): string {
  const { progress } = job;
  if (job.status === "queued") return job.queue_position ? n("work.ahead", job.queue_position) : t("work.next");
  if (job.status === "loading") return t("work.phase.loading");
  if (!progress) return t("work.phase.starting");
  if (progress.phase === "denoising") {
    const step = t("work.step", { step: progress.step ?? 0, steps: progress.steps ?? 0 });
    const picture = t("work.picture", { picture: (progress.picture ?? 0) + 1, count: progress.count ?? 1 });
    return (progress.count ?? 1) > 1 ? `${picture}, ${step}` : step;
  }
  if (progress.done && progress.total) {
    const rate = progress.bytes_per_second ? t("work.rate", { rate: bytes(progress.bytes_per_second) }) : "";
    const done = t("work.bytes", { done: bytes(progress.done), total: bytes(progress.total) });
    return [t(`work.phase.${progress.phase}`), done, rate].filter(Boolean).join(" · ");
  }
  return t(`work.phase.${progress.phase}`);
}

/** How long it will take, once that is known. */
export function left(job: TrackedJob): string {
  const seconds = hasEnded(job) ? null : job.progress?.eta_seconds;
  return seconds ? t("work.left", { time: duration(seconds) }) : "";
}

/** Percent, or undefined while only the beginning is known. */
export function percent(job: TrackedJob): number | undefined {
  return job.status === "running" && job.progress?.percent ? job.progress.percent : undefined;
}
