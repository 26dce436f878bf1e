/** What can be done with jobs and with the queue. */
import { api, ask, attempt } from "$lib/api/client";
import type { Job } from "$lib/api/types";
import { n } from "$lib/i18n/language.svelte";
import { jobs } from "$lib/jobs.svelte";
import { toasts } from "$lib/toasts.svelte";

const at = (id: string) => ({ params: { path: { job_id: id } } });

export async function cancel(id: string): Promise<void> {
  await take(ask(api.POST("/api/v1/jobs/{job_id}/cancel", at(id))));
}

export async function retry(id: string): Promise<void> {
  await take(ask(api.POST("/api/v1/jobs/{job_id}/retry", at(id))));
}

export async function forget(id: string): Promise<void> {
  const gone = await attempt(ask(api.DELETE("/api/v1/jobs/{job_id}", at(id))).then(() => true));
  if (gone) jobs.forget(id);
}

/** Put a waiting job at a place (from 0) among those of its priority. */
export async function move(id: string, place: number): Promise<void> {
  await take(ask(api.POST("/api/v1/jobs/{job_id}/move", { ...at(id), body: { place } })));
  await jobs.refresh();
}

export async function pause(): Promise<void> {
  await attempt(ask(api.POST("/api/v1/queue/pause")));
  await jobs.refresh();
}

export async function resume(): Promise<void> {
  await attempt(ask(api.POST("/api/v1/queue/resume")));
  await jobs.refresh();
}

export async function clear(): Promise<void> {
  const answer = await attempt(ask(api.POST("/api/v1/queue/clear")));
  if (answer) toasts.show(n("queue.cleared", answer.cleared), { tone: "good" });
  await jobs.refresh();
}

async function take(asked: Promise<Job>): Promise<void> {
  const job = await attempt(asked);
  if (job) jobs.put(job);
}
