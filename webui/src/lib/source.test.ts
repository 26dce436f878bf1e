import { expect, test } from "vitest";

import { cover, fitted, shaped } from "./source";

const NATIVE = { width: 512, height: 512 };

test("a shape keeps about the model's number of pixels, in steps of 8", () => {
  const { width, height } = shaped(16 / 9, NATIVE);
  expect([width % 8, height % 8]).toEqual([0, 0]);
  expect(width * height).toBeGreaterThan(512 * 512 * 0.93);
  expect(width * height).toBeLessThan(512 * 512 * 1.07);
  expect(Math.abs(width / height - 16 / 9)).toBeLessThan(0.05);
});

test("a picture that the model can draw keeps its size; others keep their shape", () => {
  expect(fitted({ width: 640, height: 448 }, NATIVE)).toEqual({ width: 640, height: 448 });
  expect(fitted({ width: 4000, height: 4000 }, NATIVE)).toEqual(NATIVE);
  expect(fitted({ width: 641, height: 448 }, NATIVE).width % 8).toBe(0);
});

test("a picture of another shape loses its edges, never its proportions", () => {
  expect(cover({ width: 200, height: 100 }, { width: 64, height: 64 })).toEqual({
    x: 50,
    y: 0,
    width: 100,
    height: 100,
  });
  expect(cover({ width: 100, height: 100 }, { width: 64, height: 64 })).toEqual({
    x: 0,
    y: 0,
    width: 100,
    height: 100,
  });
});
