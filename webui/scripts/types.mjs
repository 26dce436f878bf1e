/** Writes `src/lib/api/schema.d.ts` from the server's OpenAPI document, which the Python package beside us prints. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import openapiTS, { astToString } from "openapi-typescript";

const here = dirname(fileURLToPath(import.meta.url));
const venv = join(here, "../../.venv/bin/python");
const python = process.env.PYTHON ?? (existsSync(venv) ? venv : "python3");
const target = join(here, "../src/lib/api/schema.d.ts");

const text = execFileSync(python, [join(here, "openapi.py")], { encoding: "utf8", maxBuffer: 2 ** 26 });
const types = astToString(await openapiTS(JSON.parse(text), { defaultNonNullable: true }));
mkdirSync(dirname(target), { recursive: true });
if (!existsSync(target) || readFileSync(target, "utf8") !== types) writeFileSync(target, types);
