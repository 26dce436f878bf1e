import { expect, test } from "vitest";

import { chosen, NOTHING } from "./filters";
import type { Shot } from "./shots.svelte";

const NOW = new Date(2026, 2, 10, 9).getTime();
const shot = (key: string, prompt: string, model: string, created: number): Shot => ({
  ...{ key, prompt, model, created, job: key, name: "0000.png", seed: 4711, width: 64, height: 64 },
  ...{ bytes: 1, url: "" },
});
const all = [
  shot("a", "a Red apple", "doodle", new Date(2026, 2, 10, 1).getTime()),
  shot("b", "green apple", "sdxl", new Date(2026, 2, 9, 23).getTime()),
  shot("c", "a red car", "doodle", new Date(2026, 0, 1).getTime()),
];
const keys = (filter: Partial<typeof NOTHING>): string[] =>
  chosen(all, { ...NOTHING, ...filter }, (key) => key === "c", NOW).map((one) => one.key);

test("without a filter the list is the same list", () => {
  expect(chosen(all, NOTHING, () => false, NOW)).toBe(all);
});

test("every word must be there, in any order and any case", () => {
  expect(keys({ words: "apple RED" })).toEqual(["a"]);
  expect(keys({ words: "red" })).toEqual(["a", "c"]);
  expect(keys({ words: "4711" })).toEqual(["a", "b", "c"]);
});

test("model, day and favourites", () => {
  expect(keys({ model: "doodle" })).toEqual(["a", "c"]);
  expect(keys({ age: "day" })).toEqual(["a"]);
  expect(keys({ age: "week" })).toEqual(["a", "b"]);
  expect(keys({ favourites: true })).toEqual(["c"]);
});
