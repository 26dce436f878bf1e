/**
 * Well-known first models, for who has none yet. Names and licences as published by their makers at Hugging Face; sizes
 * are asked of the host when one is downloaded. All three are families that the catalog knows (docs/architectures.md).
 */
import type { Key } from "$lib/i18n/language.svelte";

export interface Suggestion {
  name: string;
  source: string;
  text: Key;
  licence: string;
}

export const SUGGESTIONS: readonly Suggestion[] = [
  {
    name: "BK-SDM Small",
    source: "hf:nota-ai/bk-sdm-small",
    text: "pull.first.small",
    licence: "creativeml-openrail-m",
  },
  {
    name: "Stable Diffusion 1.5",
    source: "hf:stable-diffusion-v1-5/stable-diffusion-v1-5",
    text: "pull.first.sd15",
    licence: "creativeml-openrail-m",
  },
  {
    name: "Stable Diffusion XL",
    source: "hf:stabilityai/stable-diffusion-xl-base-1.0",
    text: "pull.first.sdxl",
    licence: "openrail++",
  },
];
