/** Deutsch. */
import { errors } from "./de/errors";
import { gallery } from "./de/gallery";
import { generate } from "./de/generate";
import { models } from "./de/models";
import { queue } from "./de/queue";
import { shell } from "./de/shell";
import { system } from "./de/system";
import type { Dictionary } from "./language.svelte";

export const de: Dictionary = { ...shell, ...errors, ...generate, ...gallery, ...queue, ...models, ...system };
