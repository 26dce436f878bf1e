/** Which models go together in the list, and what can be done with them. */
import type { Model } from "$lib/api/types";

/** Types that `POST /models/convert` takes, the best for most first. */
export const WEIGHT_TYPES = [
  ...["q8_0", "q6_k", "q5_k", "q5_1", "q5_0", "q4_k", "q4_1", "q4_0", "q3_k", "q2_k", "bf16", "f16", "f32"],
] as const;

const CONVERTED = ["checkpoint", "diffusion_model", "text_encoder", "vae", "controlnet"];

export type Group = "drawing" | "unready" | "companions" | "addons" | "others";
export const GROUPS: readonly Group[] = ["drawing", "unready", "companions", "addons", "others"];

const COMPANIONS = ["vae", "taesd", "text_encoder", "clip_vision"];
const ADDONS = ["lora", "embedding", "controlnet", "upscaler", "photomaker"];

export function groupOf(model: Model): Group {
  if (COMPANIONS.includes(model.type)) return "companions";
  if (ADDONS.includes(model.type)) return "addons";
  if (model.ready && model.modes.length) return "drawing";
  return ["checkpoint", "diffusion_model"].includes(model.type) ? "unready" : "others";
}

/** What makes pictures or helps to; presets and prompts lie in the same folders, and are used elsewhere. */
export function listed(list: readonly Model[]): readonly Model[] {
  return list.filter((model) => !["presets", "prompts", "neg_prompts"].includes(model.type));
}

export function convertible(model: Model): boolean {
  return CONVERTED.includes(model.type) && ["safetensors", "ckpt", "gguf"].includes(model.format);
}

/** The models that have every word in their name, type or architecture. */
export function found(list: readonly Model[], words: string): readonly Model[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  if (!wanted.length) return list;
  return list.filter((model) => {
    const text = `${model.id} ${model.type} ${model.architecture} ${model.dtype} ${model.path}`.toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}
