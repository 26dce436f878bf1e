import { expect, test } from "vitest";

import { weighed } from "./weights";

const at = (marked: string) => {
  const start = marked.indexOf("|");
  const end = marked.lastIndexOf("|");
  return { text: marked.replaceAll("|", ""), start, end: end > start ? end - 1 : start };
};

test.each([
  ["a red| apple", 1, "a (red:1.1) apple"],
  ["a |red apple|", 1, "a (red apple:1.1)"],
  ["a (red|:1.1) apple", 1, "a (red:1.2) apple"],
  ["a (red|:1.1) apple", -1, "a red apple"],
  ["a red| apple", -1, "a (red:0.9) apple"],
  ["a |red |apple", 1, "a (red:1.1) apple"],
  ["(x|:2)", 1, "(x:2)"],
  ["(x|:0)", -1, "(x:0)"],
  ["one, | two", 1, "one,  two"],
  ["|", 1, ""],
] as const)("%s by %i is %s", (marked, direction, expected) => {
  expect(weighed(at(marked), direction).text).toBe(expected);
});

test("what was weighed stays selected, so that the key can be pressed again", () => {
  const once = weighed(at("a red| apple"), 1);
  expect(once.text.slice(once.start, once.end)).toBe("(red:1.1)");
  expect(weighed(once, 1).text).toBe("a (red:1.2) apple");
  expect(weighed(weighed(once, -1), -1).text).toBe("a (red:0.9) apple");
});
