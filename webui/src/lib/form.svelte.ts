/** What is asked for next: the words, the model's defaults, and what was changed by hand. Other views may fill it. */
import { api, ask } from "$lib/api/client";
import type { Order, Parameters, ParameterView, Preset, SamplerView } from "$lib/api/types";
import { models } from "$lib/models.svelte";
import { previews } from "$lib/previews.svelte";
import { remembered } from "$lib/remembered";
import { dataUrl, fitted, prepared, type Source } from "$lib/source";

/** Settings that the model has a default for; what was set by hand outlives a change of the model. */
export interface Settings {
  width: number;
  height: number;
  steps: number;
  cfg_scale: number;
  sampler: string;
  scheduler: string;
}

interface Draft {
  prompt: string;
  negative: string;
  own: Partial<Settings>;
  count: number;
  seed: number | null;
}

interface Known {
  parameters: ParameterView[];
  samplers: SamplerView[];
}

const EMPTY: Draft = { prompt: "", negative: "", own: {}, count: 1, seed: null };
const draft = remembered<Draft>("draft", EMPTY);

class Form {
  prompt = $state(draft.get().prompt);
  negative = $state(draft.get().negative);
  own = $state<Partial<Settings>>(draft.get().own);
  count = $state(draft.get().count);
  /** The seed to keep; null for a new one each time. */
  seed = $state<number | null>(draft.get().seed);
  source = $state.raw<Source | undefined>();
  /** White where the picture is to be painted anew, of the same size as the source as it is sent. */
  mask = $state.raw<Blob | undefined>();
  strength = $state(0.6);
  feather = $state(4);
  #known = $state.raw<Record<string, Known>>({});

  /** What the server says of each parameter, for the chosen model. */
  readonly views = $derived(
    new Map(this.#known[models.chosen?.id ?? ""]?.parameters.map((view) => [view.name, view] as const)),
  );
  readonly ready = $derived(Boolean(models.chosen?.ready && this.prompt.trim()));

  /** A setting: by hand, else the model's own. */
  get<K extends keyof Settings>(name: K): Settings[K] {
    const chosen = this.own[name] ?? this.views.get(name)?.default ?? this.native(name);
    const choices = name === "sampler" || name === "scheduler" ? this.choices(name) : [];
    if (!choices.length || choices.includes(String(chosen))) return chosen as Settings[K];
    return (choices.includes(String(this.native(name))) ? this.native(name) : choices[0]) as Settings[K];
  }

  /** What can be chosen: the model's samplers, and the schedulers that run with the chosen one. */
  choices(name: "sampler" | "scheduler"): readonly string[] {
    const known = this.#known[models.chosen?.id ?? ""];
    if (!known) return [];
    if (name === "sampler") return known.samplers.map((one) => one.name);
    const sampler = known.samplers.find((one) => one.name === this.get("sampler"));
    return Object.values(sampler?.engines ?? {})[0] ?? [];
  }

  set<K extends keyof Settings>(name: K, value: Settings[K]): void {
    this.own = { ...this.own, [name]: value };
    if (name === "width" || name === "height") this.mask = undefined;
  }

  /** The model's own value. */
  native<K extends keyof Settings>(name: K): Settings[K] {
    const { size, ...rest } = models.chosen?.defaults ?? { size: { width: 512, height: 512 }, steps: 20, cfg_scale: 7 };
    const known = { ...size, sampler: "", scheduler: "", ...rest };
    return known[name] as Settings[K];
  }

  /** Back to the model's own settings. */
  reset(...names: (keyof Settings)[]): void {
    const own = { ...this.own };
    for (const name of names.length ? names : (Object.keys(own) as (keyof Settings)[])) delete own[name];
    this.own = own;
    this.mask = undefined;
  }

  /** Learn what a model's parameters may be. */
  async learn(model: string): Promise<void> {
    if (this.#known[model]) return;
    const params = { query: { model } };
    const [{ parameters }, samplers] = await Promise.all([
      ask(api.GET("/api/v1/parameters", { params })),
      ask(api.GET("/api/v1/samplers", { params })),
    ]);
    this.#known = { ...this.#known, [model]: { parameters, samplers } };
  }

  /** Take the settings of a picture: those that are given; its seed only if told so. */
  use(found: Partial<Parameters>, { seed = true } = {}): void {
    this.prompt = found.prompt ?? this.prompt;
    this.negative = found.negative_prompt ?? (found.prompt === undefined ? this.negative : "");
    if (found.model && models.drawing.some((model) => model.id === found.model)) models.choose(found.model);
    const names = ["width", "height", "steps", "cfg_scale", "sampler", "scheduler"] as const;
    const given = names.filter((name) => found[name] !== undefined).map((name) => [name, found[name]]);
    this.own = { ...this.own, ...Object.fromEntries(given) };
    if (seed && found.seed !== undefined) this.seed = found.seed;
  }

  /** Take what a preset says; what it leaves open stays. */
  apply(preset: Preset): void {
    const said = Object.fromEntries(
      Object.entries(preset).filter(([, value]) => value !== null),
    ) as Partial<Parameters>;
    this.use({ ...said, negative_prompt: said.negative_prompt ?? this.negative });
    this.count = said.batch_count ?? this.count;
    this.strength = said.strength ?? this.strength;
    this.feather = said.mask_blur ?? this.feather;
  }

  /** The settings as a preset; `words`: with the prompts. */
  preset(words: boolean): Partial<Preset> {
    const names = ["width", "height", "steps", "cfg_scale", "sampler", "scheduler"] as const;
    return {
      ...(words && { prompt: this.prompt, negative_prompt: this.negative }),
      model: models.chosen?.id,
      ...(Object.fromEntries(names.map((name) => [name, this.get(name) || undefined])) as Partial<Preset>),
      batch_count: this.count,
      seed: this.seed,
    };
  }

  /** Start from a picture; the size follows its shape. */
  async startFrom(blob: Blob): Promise<void> {
    const [bitmap] = await Promise.all([createImageBitmap(blob), models.loaded ? undefined : models.refresh()]);
    const shape = { width: bitmap.width, height: bitmap.height };
    bitmap.close();
    this.clearSource();
    this.source = { blob, url: URL.createObjectURL(blob), ...shape };
    const size = fitted(shape, { width: this.native("width"), height: this.native("height") });
    this.own = { ...this.own, ...size };
  }

  clearSource(): void {
    if (this.source) URL.revokeObjectURL(this.source.url);
    this.source = this.mask = undefined;
  }

  /** What to send. Pictures are cut to the size that is drawn. */
  async order(): Promise<Order> {
    const size = { width: this.get("width"), height: this.get("height") };
    const steps = this.get("steps");
    const order: Order = {
      prompt: this.prompt,
      negative_prompt: this.negative,
      model: models.chosen?.id,
      ...size,
      steps,
      cfg_scale: this.get("cfg_scale"),
      sampler: this.get("sampler") || undefined,
      scheduler: this.get("scheduler") || undefined,
      seed: this.seed,
      batch_count: this.count,
      preview_every: previews.every(steps),
    };
    if (!this.source) return order;
    const init_image = await prepared(this.source, size);
    const mask = this.mask && { mask_image: await dataUrl(this.mask), mask_blur: this.feather };
    return { ...order, init_image, strength: this.strength, ...mask };
  }

  /** Keep words and settings for the next visit. */
  keep(): void {
    draft.set({ prompt: this.prompt, negative: this.negative, own: this.own, count: this.count, seed: this.seed });
  }
}

export const form = new Form();
