import { expect, test } from "vitest";

import type { Model } from "$lib/api/types";
import { convertible, found, groupOf, listed } from "./kinds";

const model = (fields: Partial<Model>): Model =>
  ({
    id: "x",
    type: "checkpoint",
    format: "safetensors",
    ready: true,
    modes: ["text-to-image"],
    path: "x",
    ...fields,
  }) as Model;

test("what draws, what lacks something, what helps", () => {
  expect(groupOf(model({}))).toBe("drawing");
  expect(groupOf(model({ ready: false }))).toBe("unready");
  expect(groupOf(model({ type: "vae" }))).toBe("companions");
  expect(groupOf(model({ type: "lora" }))).toBe("addons");
  expect(groupOf(model({ type: "unknown", ready: false, modes: [] }))).toBe("others");
});

test("presets and prompts are no models", () => {
  const types = ["vae", "presets", "prompts", "neg_prompts", "unknown"] as const;
  const list = types.map((type) => model({ type }));
  expect(listed(list).map((one) => one.type)).toEqual(["vae", "unknown"]);
});

test("folders and LoRAs are not converted", () => {
  expect(convertible(model({}))).toBe(true);
  expect(convertible(model({ format: "diffusers" }))).toBe(false);
  expect(convertible(model({ type: "lora" }))).toBe(false);
});

test("every word counts, wherever it is", () => {
  const list = [model({ id: "dream", architecture: "sdxl" }), model({ id: "dream", architecture: "sd1" })];
  expect(found(list, "SDXL dream")).toEqual([list[0]]);
  expect(found(list, " ")).toBe(list);
});
