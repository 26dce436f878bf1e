import { expect, test } from "vitest";

import { NOTHING, query } from "./filters";
import { keyOf, ordered, shotOf, type Shot } from "./shots.svelte";

const NOW = new Date(2026, 2, 10, 9).getTime();
const told = (filter: Partial<typeof NOTHING>): object =>
  JSON.parse(JSON.stringify(query({ ...NOTHING, ...filter }, NOW))) as object;

test("without a filter nothing is asked for", () => {
  expect(told({ words: "  " })).toEqual({});
});

test("words, model, mode and favourites go to the server as they are", () => {
  const filter = { words: " apple RED", model: "doodle", mode: "inpaint" as const, favourites: true };
  expect(told(filter)).toEqual({ search: "apple RED", model: "doodle", mode: "inpaint", favourite: true });
});

test("days begin at midnight, also over the end of a month", () => {
  expect(told({ age: "day" })).toEqual({ since: new Date(2026, 2, 10).toISOString() });
  expect(told({ age: "month" })).toEqual({ since: new Date(2026, 1, 9).toISOString() });
});

test("pictures have an address without a file's ending, and the server's order", () => {
  expect(keyOf("ab", "0003.png")).toBe("ab/0003");
  const one = { job_id: "a", index: 1, name: "0001.webp", prompt: "x", model: "m", mode: "inpaint" as const, seed: 1 };
  const shot = shotOf({ ...one, width: 8, height: 8, bytes: 1, favourite: true, created: "2026-03-10T09:00:00Z" });
  expect(shot.url).toBe("/api/v1/jobs/a/output/0001.webp");
  const others: Shot[] = [
    { ...shot, job: "b", index: 0, key: "b/0" },
    { ...shot, index: 0, key: "a/0" },
    { ...shot, created: shot.created + 1, job: "z", key: "z/1" },
  ];
  expect([shot, ...others].sort(ordered).map((each) => each.key)).toEqual(["z/1", "a/0", "a/0001", "b/0"]);
});
