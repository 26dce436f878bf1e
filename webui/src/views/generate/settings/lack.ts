/** Why a model can't be drawn with, in one sentence. */
import type { Model } from "$lib/api/types";
import { t } from "$lib/i18n/language.svelte";

export function lack(model: Model): string {
  const needed = model.missing.filter((one) => !one.optional).map((one) => one.label);
  if (needed.length) return t("model.lacks", { what: needed.join(", ") });
  return model.problem ?? t("model.unready");
}
