/** What is asked for next: the words, the model's defaults, and what was changed by hand. Other views may fill it. */
import { api, ask } from "$lib/api/client";
import type { Order, Parameters, ParameterView, Preset, SamplerView } from "$lib/api/types";
import { models } from "$lib/models.svelte";
import { previews } from "$lib/previews.svelte";
import { remembered } from "$lib/remembered";
import { dataUrl, fitted, prepared, type Shape, type Source } from "$lib/source";

/** Settings that the model has a default for; what was set by hand outlives a change of the model. */
export interface Settings {
  width: number;
  height: number;
  steps: number;
  cfg_scale: number;
  sampler: string;
  scheduler: string;
}

/** What presets and pictures may say and the form has no control for: sent along as it was said. */
type Extras = Partial<Pick<Preset, (typeof EXTRAS)[number]>>;

interface Draft {
  prompt: string;
  negative: string;
  /** Whether the negative prompt is in sight; what is hidden is kept, and not sent. */
  negated: boolean;
  own: Partial<Settings>;
  count: number;
  seed: number | null;
  extras: Extras;
}

interface Known {
  parameters: ParameterView[];
  samplers: SamplerView[];
}

interface Painted extends Shape {
  blob: Blob;
}

const OWN = ["width", "height", "steps", "cfg_scale", "sampler", "scheduler"] as const;
const EXTRAS = ["clip_skip", "batch_size", "format", "quality"] as const;
const EMPTY: Draft = { prompt: "", negative: "", negated: false, own: {}, count: 1, seed: null, extras: {} };
const draft = remembered<Draft>("draft", EMPTY);
const begun: Draft = { ...EMPTY, ...draft.get() };

class Form {
  prompt = $state(begun.prompt);
  negative = $state(begun.negative);
  /** Whether the negative prompt is in sight: what is hidden is not sent. */
  negated = $state(begun.negated);
  own = $state<Partial<Settings>>(begun.own);
  count = $state(begun.count);
  /** The seed to keep; null for a new one each time. */
  seed = $state<number | null>(begun.seed);
  extras = $state.raw<Extras>(begun.extras);
  source = $state.raw<Source | undefined>();
  strength = $state(0.6);
  feather = $state(4);
  #keeps = false;
  #painted = $state.raw<Painted | undefined>();
  #known = $state.raw<Record<string, Known>>({});

  /** What the server says of each parameter, for the chosen model. */
  readonly views = $derived(
    new Map(this.#known[models.chosen?.id ?? ""]?.parameters.map((view) => [view.name, view] as const)),
  );
  readonly ready = $derived(Boolean(models.chosen?.ready && this.prompt.trim()));

  /** White where the picture is to be painted anew. One of another size than is drawn is none. */
  get mask(): Blob | undefined {
    const painted = this.#painted;
    return painted?.width === this.get("width") && painted.height === this.get("height") ? painted.blob : undefined;
  }

  set mask(blob: Blob | undefined) {
    this.#painted = blob && { blob, width: this.get("width"), height: this.get("height") };
  }

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
    if (!names.length) this.extras = {};
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

  /**
   * Take the settings of a picture: those that are given; its seed only if told so. Returns its model if that is not here.
   *
   * `whole`: where it has a prompt and no negative one, it was drawn without.
   */
  use(found: Partial<Parameters>, { seed = true, whole = true } = {}): string | undefined {
    const negative = found.negative_prompt ?? (whole && found.prompt !== undefined ? "" : undefined);
    if (negative !== undefined) [this.negative, this.negated] = [negative, this.negated || negative !== ""];
    this.prompt = found.prompt ?? this.prompt;
    const given = OWN.filter((name) => found[name] !== undefined).map((name) => [name, found[name]]);
    this.own = { ...this.own, ...Object.fromEntries(given) };
    this.strength = found.strength ?? this.strength;
    if (found.clip_skip !== undefined) this.extras = { ...this.extras, clip_skip: found.clip_skip };
    if (seed && found.seed !== undefined) this.seed = found.seed;
    if (!found.model) return undefined;
    if (!models.drawing.some((model) => model.id === found.model)) return found.model;
    models.choose(found.model);
    return undefined;
  }

  /** Take what a preset says; what it leaves open stays. Returns its model if that is not here. */
  apply(preset: Partial<Preset>): string | undefined {
    const said = Object.fromEntries(
      Object.entries(preset).filter(([, value]) => value !== null),
    ) as Partial<Parameters>;
    const extras = EXTRAS.filter((name) => said[name] !== undefined).map((name) => [name, said[name]]);
    this.extras = { ...this.extras, ...(Object.fromEntries(extras) as Extras) };
    this.count = said.batch_count ?? this.count;
    this.feather = said.mask_blur ?? this.feather;
    return this.use(said, { whole: false });
  }

  /** The settings as a preset, with the words that are wanted. */
  preset(words: { prompt: boolean; negative: boolean }): Partial<Preset> {
    return {
      ...(words.prompt && { prompt: this.prompt }),
      ...(words.negative && { negative_prompt: this.#negative }),
      model: models.chosen?.id,
      ...(Object.fromEntries(OWN.map((name) => [name, this.get(name) || undefined])) as Partial<Preset>),
      batch_count: this.count,
      seed: this.seed,
      ...(this.source && { strength: this.strength, mask_blur: this.feather }),
      ...this.extras,
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
    this.source = this.#painted = undefined;
  }

  /** What to send. Pictures are cut to the size that is drawn. */
  async order(): Promise<Order> {
    const size = { width: this.get("width"), height: this.get("height") };
    const steps = this.get("steps");
    const order: Order = {
      prompt: this.prompt,
      negative_prompt: this.#negative,
      model: models.chosen?.id,
      ...size,
      steps,
      cfg_scale: this.get("cfg_scale"),
      sampler: this.get("sampler") || undefined,
      scheduler: this.get("scheduler") || undefined,
      seed: this.seed,
      batch_count: this.count,
      ...(this.extras as Partial<Order>),
      preview_every: previews.every(steps),
    };
    if (!this.source) return order;
    const init_image = await prepared(this.source, size);
    const mask = this.mask && { mask_image: await dataUrl(this.mask), mask_blur: this.feather };
    return { ...order, init_image, strength: this.strength, ...mask };
  }

  /** Words and settings as they are kept for the next visit. */
  get draft(): Draft {
    const { prompt, negative, negated, own, count, seed, extras } = this;
    return { prompt, negative, negated, own: { ...own }, count, seed, extras };
  }

  keep(): void {
    if (this.#keeps) draft.set(this.draft);
  }

  /** Whether words may stay in the browser: not those of a private server. Until that is known, nothing is written. */
  set keeps(may: boolean) {
    this.#keeps = may;
    if (!may) draft.set(EMPTY);
  }

  get #negative(): string {
    return this.negated ? this.negative : "";
  }
}

export const form = new Form();
