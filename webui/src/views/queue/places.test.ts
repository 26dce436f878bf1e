import { expect, test } from "vitest";

import { bounds, moved } from "./places";

const list = ["a5", "b5", "c0", "d0", "e0"].map((name) => ({ job_id: name[0] ?? "", priority: Number(name[1]) }));
const order = (all: { job_id: string }[]): string => all.map((job) => job.job_id).join("");

test("a job moves among those of its priority", () => {
  const { list: next, place } = moved(list, 4, 2);
  expect(order(next)).toBe("abecd");
  expect(place).toBe(0);
});

test("and no further", () => {
  expect(bounds(list, 3)).toEqual([2, 4]);
  expect(order(moved(list, 4, 0).list)).toBe("abecd");
  expect(order(moved(list, 1, 9).list)).toBe("abcde");
  expect(moved(list, 0, 1)).toMatchObject({ place: 1 });
});
