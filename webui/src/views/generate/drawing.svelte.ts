/** Hands orders to the server: what the form holds, or more of a picture that is there. */
import { api, ask, attempt } from "$lib/api/client";
import type { Order, Parameters } from "$lib/api/types";
import { form } from "$lib/form.svelte";
import { t } from "$lib/i18n/language.svelte";
import { jobs } from "$lib/jobs.svelte";
import { previews } from "$lib/previews.svelte";
import { toasts } from "$lib/toasts.svelte";
import { watched } from "./watched.svelte";

const VARIATIONS = 4;

/** How many orders are on their way to the server. */
export const sending = $state({ count: 0 });

/** Queue what the form asks for. */
export async function submit(): Promise<void> {
  if (!form.ready) return;
  form.keep();
  await send(form.order());
}

/** Draw other pictures from the words and settings of one. */
export async function variations(found: Parameters): Promise<void> {
  const { prompt, negative_prompt, model, width, height, steps, cfg_scale, sampler, scheduler, clip_skip } = found;
  const same = { prompt, negative_prompt, model, width, height, steps, cfg_scale, sampler, scheduler, clip_skip };
  const preview_every = previews.every(steps);
  await send(Promise.resolve({ ...same, seed: null, batch_count: VARIATIONS, preview_every }));
  toasts.show(t("stage.variations.queued"), { tone: "good" });
}

async function send(ordering: Promise<Order>): Promise<void> {
  sending.count++;
  // The server sees a repeated call as the same one: a lost answer never draws twice.
  const key = crypto.randomUUID();
  const job = await attempt(
    ordering.then((order) =>
      ask(
        api.POST("/api/v1/generate", {
          params: { header: { "Idempotency-Key": key } },
          body: { ...order, wait: false } as never,
        }),
      ),
    ),
  );
  sending.count--;
  if (!job) return;
  jobs.put(job);
  watched.follow();
}
