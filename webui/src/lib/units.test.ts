import { expect, test } from "vitest";

import { bytes } from "./units";

test("bytes have a plural, and thousands a unit", () => {
  expect([1, 162, 48_000, 4_270_000_000].map(bytes)).toEqual(["1 byte", "162 bytes", "48 kB", "4.3 GB"]);
});
