import { expect, test } from "vitest";

import { limit, tokens } from "./tokens";

test.each([
  ["", 0],
  ["a red apple", 3],
  ["a red apple, on a table.", 8],
  ["a (red:1.3) apple", 3],
  ["((masterpiece)), [blurry]", 5],
  ["1024", 4],
  ["ein Straßenbahnfahrer", 4 + 1],
])("%s", (prompt, count) => {
  expect(Math.abs(tokens(prompt) - count)).toBeLessThanOrEqual(1);
});

test("a longer prompt takes another chunk", () => {
  expect([0, 75, 76, 150, 151].map(limit)).toEqual([75, 75, 150, 150, 225]);
});
