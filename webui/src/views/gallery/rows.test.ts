import { describe, expect, test } from "vitest";

import { beside, columnsOf, GAP, HEADING, layout, rowOf, within } from "./rows";

const days = [...Array<number>(5).fill(2), ...Array<number>(4).fill(1)];
const { rows, height, columns, tile } = layout(days, 3 * 100 + 2 * GAP, 100);

test("a day begins a new row under its heading", () => {
  expect(columns).toBe(3);
  expect(tile).toBe(100);
  expect(rows.map((row) => [row.first, row.count])).toEqual([
    [0, 0],
    [0, 3],
    [3, 2],
    [5, 0],
    [5, 3],
    [8, 1],
  ]);
  expect(height).toBe(2 * HEADING + 4 * (100 + GAP));
});

test("only what is in sight", () => {
  expect(within(rows, 0, 10).map((row) => row.first)).toEqual([0]);
  const second = rows[2]?.top ?? 0;
  expect(within(rows, second + 1, second + 2)).toEqual([rows[2]]);
  expect(within(rows, height + 1, height + 100)).toEqual([]);
});

test("an item is found in its row, not in a heading", () => {
  expect(rowOf(rows, 0)).toBe(rows[1]);
  expect(rowOf(rows, 5)).toBe(rows[4]);
  expect(rowOf(rows, 8)).toBe(rows[5]);
});

describe("up and down", () => {
  test("stay in the column where there is one", () => {
    expect(beside(rows, 1, 1)).toBe(4);
    expect(beside(rows, 2, 1)).toBe(4);
    expect(beside(rows, 4, 1)).toBe(6);
    expect(beside(rows, 6, -1)).toBe(4);
  });
  test("stop at the ends", () => {
    expect(beside(rows, 1, -1)).toBe(1);
    expect(beside(rows, 8, 1)).toBe(8);
  });
});

test("ten thousand are laid out within a frame, and a phone has columns, too", () => {
  const many = Array.from({ length: 10_000 }, (_, index) => Math.floor(index / 37));
  const begun = performance.now();
  const found = layout(many, 1000, 170);
  expect(performance.now() - begun).toBeLessThan(50);
  expect(found.rows.reduce((sum, row) => sum + row.count, 0)).toBe(10_000);
  expect(columnsOf(328, 112)).toBe(3);
});
