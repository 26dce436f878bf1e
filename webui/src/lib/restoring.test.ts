import { expect, test } from "vitest";

import { parameters } from "./restoring";

const samplers = [
  { name: "euler_a", label: "Euler a", aliases: ["euler_ancestral"] },
  { name: "dpmpp_2m", label: "DPM++ 2M", aliases: [] },
];
const schedulers = [{ name: "karras", label: "Karras", aliases: [] }];
const read = (fields: Record<string, string>) => parameters(fields, samplers, schedulers);

test("what Safelight writes", () => {
  const fields = {
    ...{ Prompt: "a cat", "Negative prompt": "dog", Steps: "20", Sampler: "DPM++ 2M", "Schedule type": "Karras" },
    ...{
      "CFG scale": "7.5",
      "Clip skip": "2",
      "Denoising strength": "0.6",
      Seed: "42",
      "Size-1": "512",
      "Size-2": "768",
      Model: "doodle",
    },
  };
  expect(read(fields)).toEqual({
    ...{ prompt: "a cat", negative_prompt: "dog", steps: 20, sampler: "dpmpp_2m", scheduler: "karras" },
    ...{ cfg_scale: 7.5, clip_skip: 2, strength: 0.6, seed: 42, width: 512, height: 768, model: "doodle" },
  });
});

test("older A1111 pictures name sampler and schedule in one", () => {
  expect(read({ Prompt: "x", Sampler: "DPM++ 2M Karras" })).toMatchObject({ sampler: "dpmpp_2m", scheduler: "karras" });
  expect(read({ Prompt: "x", Sampler: "Euler a" })).toEqual({ prompt: "x", sampler: "euler_a" });
});

test("what is not understood is left out", () => {
  expect(read({ Prompt: "x", Sampler: "Strange", Steps: "many", Seed: "" })).toEqual({ prompt: "x" });
});
