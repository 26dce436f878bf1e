import { beforeEach, expect, test, vi } from "vitest";

import type { Model, Parameters, Preset } from "./api/types";
import { form } from "./form.svelte";
import { models } from "./models.svelte";

const model = (id: string): Model =>
  ({ id, ready: true, modes: ["text-to-image"], defaults: { size: { width: 512, height: 512 }, steps: 20 } }) as Model;
const preset = (said: Partial<Preset>): Preset => said as Preset;

beforeEach(() => {
  models.list = [model("one"), model("two")];
  models.choose("one");
  form.reset();
  form.use({ prompt: "a cat" });
  form.negated = false;
  form.mask = undefined;
});

test("a negative prompt that is hidden is kept, and neither sent nor saved", async () => {
  form.use({ negative_prompt: "blue" });
  expect((await form.order()).negative_prompt).toBe("blue");
  form.negated = false;
  expect((await form.order()).negative_prompt).toBe("");
  expect(form.preset({ prompt: true, negative: true }).negative_prompt).toBe("");
  form.apply(preset({ steps: 3, prompt: "a dog" }));
  expect([form.negative, form.negated]).toEqual(["blue", false]);
  form.apply(preset({ negative_prompt: "blue" }));
  expect((await form.order()).negative_prompt).toBe("blue");
});

test("a mask of another size than is drawn is none", () => {
  form.mask = new Blob(["mask"]);
  form.apply(preset({ width: 256 }));
  expect(form.mask).toBeUndefined();
  form.set("width", 512);
  expect(form.mask).toBeDefined();
  form.use({ width: 64, height: 64 });
  expect(form.mask).toBeUndefined();
});

test("a picture brings its strength and clip skip along, and says when its model is not here", async () => {
  const found: Partial<Parameters> = { prompt: "x", strength: 0.35, clip_skip: 2, model: "far", steps: 9 };
  expect(form.use(found)).toBe("far");
  expect([form.strength, models.chosen?.id, form.get("steps")]).toEqual([0.35, "one", 9]);
  expect((await form.order()).clip_skip).toBe(2);
  expect(form.use({ model: "two" })).toBeUndefined();
  expect(models.chosen?.id).toBe("two");
});

test("what a preset says and the form has no control for is sent along, until the model's own is wanted", async () => {
  const said = { clip_skip: 2, batch_size: 4, format: "webp", quality: 70 } as const;
  form.apply(preset(said));
  expect(await form.order()).toMatchObject(said);
  expect(form.preset({ prompt: false, negative: false })).toMatchObject(said);
  form.reset();
  expect((await form.order()).batch_size).toBeUndefined();
});

test("words stay in the browser only where the server is not private", () => {
  const stored = new Map<string, string>();
  const setItem = (name: string, text: string): unknown => stored.set(name, text);
  vi.stubGlobal("localStorage", { setItem, removeItem: (name: string) => stored.delete(name) });
  const kept = (): string | undefined => stored.get("safelight.draft");
  form.keep();
  expect(kept(), "before it is known").toBeUndefined();
  form.keeps = true;
  form.keep();
  expect(kept()).toContain("a cat");
  form.keeps = false;
  form.keep();
  expect(kept()).toBeUndefined();
  vi.unstubAllGlobals();
});
