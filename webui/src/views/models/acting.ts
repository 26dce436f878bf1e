/** What can be done with models. Each tells the person when it is refused. */
import { api, ask, attempt } from "$lib/api/client";
import type { Model } from "$lib/api/types";
import { t } from "$lib/i18n/language.svelte";
import { jobs } from "$lib/jobs.svelte";
import { models } from "$lib/models.svelte";
import { toasts } from "$lib/toasts.svelte";
import type { components } from "$lib/api/schema";

type PullBody = components["schemas"]["PullBody"];
type ConvertBody = components["schemas"]["ConvertBody"];

const named = (id: string) => ({ params: { path: { model_id: id } } });

export async function load(id: string): Promise<void> {
  const model = await attempt(ask(api.POST("/api/v1/models/{model_id}/load", named(id))));
  if (model) toasts.show(t("models.loaded", { name: id }), { tone: "good" });
  await attempt(models.refresh());
}

export async function unload(id: string): Promise<void> {
  await attempt(ask(api.POST("/api/v1/models/{model_id}/unload", named(id))));
  await attempt(models.refresh());
}

/** Look at the folders again. */
export async function look(): Promise<void> {
  await attempt(ask(api.POST("/api/v1/models/refresh")));
  await attempt(models.refresh());
}

/** Queue a download. Returns whether it was taken. */
export async function pull(body: Partial<PullBody>): Promise<boolean> {
  const job = await attempt(ask(api.POST("/api/v1/models/pull", { body: { wait: false, ...body } })));
  if (job) jobs.put(job);
  return job !== undefined;
}

/** Queue a conversion. Returns whether it was taken. */
export async function convert(body: Partial<ConvertBody>): Promise<boolean> {
  const asked = { wait: false, overwrite: false, ...body } as ConvertBody;
  const job = await attempt(ask(api.POST("/api/v1/models/convert", { body: asked })));
  if (job) jobs.put(job);
  return job !== undefined;
}

export async function checksum(model: Model): Promise<void> {
  const body = { models: [model.id], wait: false };
  const job = await attempt(ask(api.POST("/api/v1/models/hash", { body })));
  if (job && "job_id" in job) jobs.put(job);
}
