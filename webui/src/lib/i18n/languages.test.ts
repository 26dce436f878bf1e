import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

import { en } from "./en";
import { fill, LANGUAGES, type Code, type Key } from "./language.svelte";

const keys = Object.keys(en) as Key[];
const others = (Object.keys(LANGUAGES) as Code[]).filter((code) => code !== "en");
const holes = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map((hole) => hole[0]).sort();

describe.each(others)("%s", (code) => {
  test("says everything that English says, and nothing else", async () => {
    expect(Object.keys(await LANGUAGES[code].load()).sort()).toEqual([...keys].sort());
  });

  test("fills the same holes, and leaves nothing empty", async () => {
    const words = await LANGUAGES[code].load();
    for (const key of keys) {
      expect(words[key].trim(), key).not.toBe("");
      expect(holes(words[key]), key).toEqual(holes(en[key]));
    }
  });
});

test("counted things come in both forms", () => {
  for (const key of keys.filter((name) => name.endsWith(".one"))) expect(keys).toContain(key.replace(/one$/, "other"));
});

test("every key is used", () => {
  const source = readdirSync("src", { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(svelte|ts)$/.test(name) && !name.includes("i18n"))
    .map((name) => readFileSync(join("src", name), "utf8"))
    .join("\n");
  const said = (key: string): boolean =>
    source.includes(`"${key}"`) || source.includes(`"${key.replace(/\.(one|other)$/, "")}"`);
  const built = [...source.matchAll(/`([\w.]+\.)\$\{/g)].map((match) => match[1] as string);
  expect(keys.filter((key) => !said(key) && !built.some((stem) => key.startsWith(stem)))).toEqual([]);
});

test("values fill holes, and unknown holes stay", () => {
  expect(fill("{count} of {total}", { count: 2 })).toBe("2 of {total}");
});
