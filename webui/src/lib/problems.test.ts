import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test, vi } from "vitest";

import { LANGUAGES, language, type Code } from "$lib/i18n/language.svelte";
import { inWords } from "./problems";

const source = (path: string): string => readFileSync(`../src/safelight/${path}`, "utf8");
/** Every code that the server's errors and its outer layers answer with. */
const codes = [
  ...source("domain/errors.py").matchAll(/^ {4}code(?:: ClassVar\[str\]|, status)? = "(\w+)"/gm),
  ...["guard", "limits"].flatMap((name) => [...source(`server/${name}.py`).matchAll(/code="(\w+)"/g)]),
].map((found) => found[1] as string);

beforeAll(() => {
  vi.stubGlobal("navigator", { languages: ["en"] });
  vi.stubGlobal("document", { documentElement: {} });
});

afterAll(async () => {
  await language.choose("");
  vi.unstubAllGlobals();
});

test("the codes of the server are found", () => {
  expect(codes).toEqual(expect.arrayContaining(["internal", "conflict", "worker_hung", "misdirected_request"]));
  expect(new Set(codes).size).toBe((source("domain/errors.py").match(/^class \w+\(.*\):$/gm) ?? []).length + 2);
});

test.each(Object.keys(LANGUAGES) as Code[])("every problem has a sentence in %s", async (code) => {
  const words: Record<string, string> = await LANGUAGES[code].load();
  expect(codes.filter((one) => !words[`problem.${one}`])).toEqual([]);
});

test("in German the sentence comes first and the evidence below", async () => {
  const problem = { code: "out_of_memory", message: "It takes 9 GB.", hint: "Try a smaller size." };
  expect(inWords(problem)).toEqual({ text: "It takes 9 GB.", more: "Try a smaller size." });
  await language.choose("de");
  expect(inWords(problem)).toEqual({
    text: "Der Speicher reicht dafür nicht.",
    more: "It takes 9 GB. Try a smaller size.",
  });
  expect(inWords({ code: "brand_new", message: "So it is." }).text).toBe("So it is.");
});
