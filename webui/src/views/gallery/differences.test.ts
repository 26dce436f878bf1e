import { expect, test } from "vitest";

import type { Parameters } from "$lib/api/types";
import { differences } from "./differences";

const one = { prompt: "a", negative_prompt: "", model: "m", width: 64, height: 64, steps: 4, seed: 1 } as Parameters;

test("only what differs, in both values", () => {
  expect(differences(one, one)).toEqual([]);
  expect(differences(one, { ...one, seed: 2, strength: 0.5 })).toEqual([
    { field: "seed", values: ["1", "2"] },
    { field: "strength", values: ["–", "0.5"] },
  ]);
});
