/** Settings out of pictures: the server reads what A1111 and Safelight wrote into a file, this makes our names of it. */
import { api, ask } from "$lib/api/client";
import type { Parameters } from "$lib/api/types";
import { dataUrl } from "$lib/source";

/** A sampler or scheduler: its name here, and what else it is called. */
export interface Named {
  name: string;
  label: string;
  aliases: readonly string[];
}

/** The settings that a picture carries; undefined where it carries none. */
export async function carried(picture: Blob): Promise<Partial<Parameters> | undefined> {
  const image = await dataUrl(picture);
  const found = await ask(api.POST("/sdapi/v1/png-info", { body: { image } }));
  if (!found.parameters.Steps) return undefined;
  const [samplers, schedulers] = await Promise.all([
    ask(api.GET("/api/v1/samplers")),
    ask(api.GET("/api/v1/schedulers")),
  ]);
  return parameters(found.parameters, samplers, schedulers);
}

/** A1111's fields by their names → ours; what is not understood is left out. */
export function parameters(
  fields: Readonly<Record<string, string | undefined>>,
  samplers: readonly Named[],
  schedulers: readonly Named[],
): Partial<Parameters> {
  const [sampler, rest] = samplerOf(fields.Sampler ?? "", samplers, schedulers);
  const found: Partial<Parameters> = {
    prompt: fields.Prompt,
    negative_prompt: fields["Negative prompt"] || undefined,
    width: number(fields["Size-1"]),
    height: number(fields["Size-2"]),
    steps: number(fields.Steps),
    cfg_scale: number(fields["CFG scale"]),
    seed: number(fields.Seed),
    strength: number(fields["Denoising strength"]),
    clip_skip: number(fields["Clip skip"]),
    sampler,
    scheduler: called(fields["Schedule type"] ?? "", schedulers) ?? rest,
    model: fields.Model,
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined)) as Partial<Parameters>;
}

/** Older pictures name both in one: `DPM++ 2M Karras`. */
function samplerOf(text: string, samplers: readonly Named[], schedulers: readonly Named[]): [string?, string?] {
  const whole = called(text, samplers);
  if (whole) return [whole];
  for (const scheduler of schedulers) {
    const end = ` ${scheduler.label}`;
    if (text.toLowerCase().endsWith(end.toLowerCase())) {
      const sampler = called(text.slice(0, -end.length), samplers);
      if (sampler) return [sampler, scheduler.name];
    }
  }
  return [];
}

function called(text: string, all: readonly Named[]): string | undefined {
  const plain = (name: string): string => name.toLowerCase().replace(/[\s_-]/g, "");
  const wanted = plain(text);
  return all.find(({ name, label, aliases }) => [name, label, ...aliases].some((one) => plain(one) === wanted))?.name;
}

function number(text: string | undefined): number | undefined {
  const value = Number(text?.trim() || NaN);
  return Number.isFinite(value) ? value : undefined;
}
