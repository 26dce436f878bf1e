import { expect, test } from "vitest";

import { placeOf, pointOf, whole, zoomed } from "./camera";
import { History } from "./history";

const stroke = (x: number) => ({ kind: "stroke", erase: false, points: [{ x, y: 0, width: 1 }] }) as const;

test("undo and redo go back and forth", () => {
  const history = new History();
  history.add({ ...stroke(1), points: [...stroke(1).points] });
  history.add({ kind: "invert" });
  history.undo();
  expect(history.deeds.map((deed) => deed.kind)).toEqual(["stroke"]);
  history.redo();
  expect(history.deeds.map((deed) => deed.kind)).toEqual(["stroke", "invert"]);
  expect([history.canUndo, history.canRedo]).toEqual([true, false]);
});

test("something new ends the way forth", () => {
  const history = new History();
  history.add({ kind: "invert" });
  history.undo();
  history.add({ kind: "clear" });
  expect(history.canRedo).toBe(false);
  expect(history.deeds).toEqual([{ kind: "clear" }]);
});

test("the whole picture is in the middle, and fits", () => {
  const camera = whole({ width: 100, height: 50 }, { width: 432, height: 432 });
  expect(camera.scale).toBe(4);
  expect(pointOf(camera, { x: 50, y: 25 })).toEqual({ x: 216, y: 216 });
});

test("zooming keeps what is under the pointer", () => {
  const camera = whole({ width: 100, height: 100 }, { width: 500, height: 500 });
  const at = { x: 137, y: 391 };
  const nearer = zoomed(camera, 2.5, at, camera.scale);
  expect(placeOf(nearer, at).x).toBeCloseTo(placeOf(camera, at).x);
  expect(placeOf(nearer, at).y).toBeCloseTo(placeOf(camera, at).y);
  expect(zoomed(camera, 0.01, at, camera.scale).scale).toBe(camera.scale / 2);
});
