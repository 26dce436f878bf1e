/** The server's presets: listed, used, saved, replaced and deleted; the last two with a way back. */
import { api, ask, attempt } from "$lib/api/client";
import type { NamedPreset, Preset } from "$lib/api/types";
import { form } from "$lib/form.svelte";
import { t } from "$lib/i18n/language.svelte";
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
    const absent = form.apply(settings);
    const hint = absent && t("preset.model", { model: absent });
    toasts.show(t("preset.used", { name }), { tone: "good", hint });
  }

  /** Save under a new name. Returns whether that was possible. */
  save(name: string, settings: Partial<Preset>): Promise<boolean> {
    const asked = ask(api.POST("/api/v1/presets", { body: { name, settings: settings as Preset } }));
    return this.#change(asked, () => toasts.show(t("preset.saved", { name: name.trim() }), { tone: "good" }));
  }

  /** Replace by the current settings; its words if told so, else those that it has. What the form can't say stays. */
  replace({ name, settings: before }: NamedPreset, words?: boolean): Promise<boolean> {
    const has = { prompt: words ?? before?.prompt != null, negative: words ?? before?.negative_prompt != null };
    const settings = { ...before, ...form.preset(has) } as Preset;
    const asked = ask(api.PUT("/api/v1/presets/{name}", { ...at(name), body: { settings } }));
    return this.#change(asked, () => this.#undoable(t("preset.replaced", { name }), name));
  }

  delete({ name }: NamedPreset): Promise<boolean> {
    const asked = ask(api.DELETE("/api/v1/presets/{name}", at(name)));
    return this.#change(asked, () => this.#undoable(t("preset.deleted", { name }), name));
  }

  /** The server puts the file back as it was, also one that is no preset. */
  #undoable(text: string, name: string): void {
    const run = (): void => void this.#change(ask(api.POST("/api/v1/presets/{name}/restore", at(name))));
    toasts.show(text, { tone: "good", action: { label: t("preset.undo"), run } });
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
  const now: Partial<Record<string, unknown>> = form.preset({ prompt: true, negative: true });
  const unseen = form.source ? [] : ["strength", "mask_blur"];
  return Object.entries(preset).every(
    ([name, value]) => value === null || unseen.includes(name) || now[name] === value,
  );
}

export const presets = new Presets();
