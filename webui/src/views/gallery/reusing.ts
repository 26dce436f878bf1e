/** Brings a picture back into the form: its words and settings, or itself as the picture to start from. */
import { attempt, file } from "$lib/api/client";
import type { Parameters } from "$lib/api/types";
import { form } from "$lib/form.svelte";
import { t } from "$lib/i18n/language.svelte";
import { router } from "$lib/router.svelte";
import { toasts } from "$lib/toasts.svelte";
import type { Shot } from "./shots.svelte";

export function reuse(parameters: Parameters): void {
  const absent = form.use(parameters);
  router.go("");
  toasts.show(t("gallery.reused"), { tone: "good", hint: absent && t("restore.model", { model: absent }) });
}

export async function startFrom(shot: Shot, parameters?: Parameters): Promise<void> {
  const blob = await attempt(file(shot.url));
  if (!blob) return;
  if (parameters && !form.prompt.trim()) form.use(parameters, { seed: false });
  await form.startFrom(blob);
  router.go("");
}
