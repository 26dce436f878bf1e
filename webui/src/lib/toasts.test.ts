import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { toasts } from "./toasts.svelte";

beforeEach(() => void vi.useFakeTimers());

afterEach(() => {
  for (const one of toasts.list) toasts.close(one.id);
  vi.useRealTimers();
});

const texts = (): string[] => toasts.list.map((one) => one.text);

test("each way back stays, also with the same words and among many others", () => {
  const undone: number[] = [];
  const ended: number[] = [];
  const ids = [1, 2].map((number) =>
    toasts.show("Deleted.", {
      seconds: 8,
      action: { label: "Undo", run: () => undone.push(number) },
      expired: () => ended.push(number),
    }),
  );
  for (const word of "abcdef") toasts.show(word);
  expect(texts()).toEqual(["Deleted.", "Deleted.", "c", "d", "e", "f"]);
  toasts.act(ids[0] ?? 0);
  vi.advanceTimersByTime(8_000);
  expect([undone, ended, texts()]).toEqual([[1], [2], []]);
});

test("the same message is shown once", () => {
  toasts.show("again");
  toasts.show("again");
  expect(texts()).toEqual(["again"]);
});

test("an error leaves by itself, but not while somebody is at it", () => {
  const id = toasts.show("It broke.", { tone: "danger" });
  toasts.hold(id);
  vi.advanceTimersByTime(60_000);
  expect(texts()).toEqual(["It broke."]);
  toasts.release(id);
  vi.advanceTimersByTime(60_000);
  expect(texts()).toEqual([]);
});
