/** The server's presets: listed, used, saved, replaced and deleted; the last two with a way back. */
import { api, ask, attempt } from "$lib/api/client";
import type { NamedPreset, Preset } from "$lib/api/types";
import { form } from "$lib/form.svelte";
import { t } from "$lib/i18n/language.svelte";
import { models } from "$lib/models.svelte";
import { toasts } from "$lib/toasts.svelte";

const at = (name: string) => ({ params: { path: { name } } });

class Presets {
  list = $state.raw<readonly NamedPreset[]>([]);
  /** The one whose settings the form has now. */
  readonly here = $derived(this.list.find((one) => one.settings && agrees(one.settings)));

  async refresh(): Promise<void> {
    this.list = await ask(api.GET("/api/v1/presets"));
  }

  named(name: string): NamedPreset | undefined {
    const wanted = name.trim().toLowerCase();
    return this.list.find((one) => one.name.toLowerCase() === wanted);
  }

  use({ name, settings }: NamedPreset): void {
    if (!settings) return;
    form.apply(settings);
    const absent = settings.model && !models.drawing.some((model) => model.id === settings.model);
    const hint = absent ? t("preset.model", { model: settings.model ?? "" }) : undefined;
    toasts.show(t("preset.used", { name }), { tone: "good", hint });
  }

  /** Save under a new name. Returns whether that was possible. */
  save(name: string, settings: Partial<Preset>): Promise<boolean> {
    const asked = ask(api.POST("/api/v1/presets", { body: { name, settings: settings as Preset } }));
    return this.#change(asked, () => toasts.show(t("preset.saved", { name: name.trim() }), { tone: "good" }));
  }

  replace({ name, settings: before }: NamedPreset, settings: Partial<Preset>): Promise<boolean> {
    const put = (said: Partial<Preset>) =>
      ask(api.PUT("/api/v1/presets/{name}", { ...at(name), body: { settings: said as Preset } }));
    const undo = before && (() => void this.#change(put(before)));
    return this.#change(put(settings), () => this.#undoable(t("preset.replaced", { name }), undo));
  }

  delete({ name, settings }: NamedPreset): Promise<boolean> {
    const undo = settings && (() => void this.#change(ask(api.POST("/api/v1/presets", { body: { name, settings } }))));
    const asked = ask(api.DELETE("/api/v1/presets/{name}", at(name)));
    return this.#change(asked, () => this.#undoable(t("preset.deleted", { name }), undo));
  }

  #undoable(text: string, undo: (() => void) | null): void {
    toasts.show(text, { tone: "good", action: undo ? { label: t("preset.undo"), run: undo } : undefined });
  }

  async #change(asked: Promise<unknown>, done?: () => void): Promise<boolean> {
    const made = await attempt(asked.then(() => true));
    if (made) done?.();
    await attempt(this.refresh());
    return Boolean(made);
  }
}

/** Whether everything that a preset says is as the form has it. */
function agrees(preset: Preset): boolean {
  const now: Partial<Record<string, unknown>> = form.preset(true);
  return Object.entries(preset).every(([name, value]) => value === null || !(name in now) || now[name] === value);
}

export const presets = new Presets();
