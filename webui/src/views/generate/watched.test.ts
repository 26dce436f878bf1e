import { beforeEach, expect, test } from "vitest";

import type { Job } from "$lib/api/types";
import { jobs } from "$lib/jobs.svelte";
import { under, watched } from "./watched.svelte";

const job = (status: Job["status"], ...drawn: number[]): Job =>
  ({
    job_id: "a",
    kind: "generate",
    status,
    created: "2026-01-01T00:00:00Z",
    progress: null,
    parameters: { prompt: "x" },
    images: drawn.map((index) => ({ index })),
  }) as unknown as Job;

beforeEach(() => jobs.byId.clear());

test("what a job draws now comes after the last picture, also when an earlier one was deleted", () => {
  expect(under(job("running"))).toBe(0);
  expect(under(job("cancelled", 1))).toBe(2);
  jobs.put(job("cancelled", 1));
  expect(watched.tiles.map((tile) => tile.index)).toEqual([2, 1]);
});

test("a picked picture that was deleted is not shown any more", () => {
  jobs.put(job("completed", 0, 1));
  watched.pick("a", 0);
  expect(watched.shown?.index).toBe(0);
  jobs.lose("a", 0);
  expect(watched.shown?.index).toBe(1);
  watched.follow();
});
