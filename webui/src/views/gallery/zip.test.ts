import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

import { crc32, zipped } from "./zip";

const entry = (name: string, text: string) => ({
  name,
  modified: new Date(2026, 4, 6, 7, 8, 10),
  read: async () => ({ arrayBuffer: async () => new TextEncoder().encode(text).buffer }) as Blob,
});

async function bytes(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const reader = stream.getReader();
  for (let got = await reader.read(); !got.done; got = await reader.read()) parts.push(got.value);
  return Buffer.concat(parts);
}

test("the checksum is the one that everybody computes", () => {
  expect(crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
});

test("another program unpacks it, names and times right", async () => {
  let seen = 0;
  const archive = await bytes(
    zipped([entry("a.png", "one"), entry("bäume/b.png", "two two")], (count) => (seen = count)),
  );
  const path = join(mkdtempSync(join(tmpdir(), "zip-")), "a.zip");
  writeFileSync(path, archive);
  const script = `import json, sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
assert archive.testzip() is None
print(json.dumps([[one.filename, one.date_time, archive.read(one).decode()] for one in archive.infolist()]))`;
  const told = JSON.parse(execFileSync("python3", ["-c", script, path], { encoding: "utf8" })) as unknown;
  expect(told).toEqual([
    ["a.png", [2026, 5, 6, 7, 8, 10], "one"],
    ["bäume/b.png", [2026, 5, 6, 7, 8, 10], "two two"],
  ]);
  expect(seen).toBe(2);
});

test("an entry that can't be read ends the archive with the reason", async () => {
  const broken = { ...entry("a.png", ""), read: () => Promise.reject(new Error("gone")) };
  await expect(bytes(zipped([broken]))).rejects.toThrow("gone");
});
