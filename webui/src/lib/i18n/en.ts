/** English: the words that all other languages translate, by view. Keys of counted things come as `….one` and `….other`. */
import { errors } from "./en/errors";
import { gallery } from "./en/gallery";
import { generate } from "./en/generate";
import { models } from "./en/models";
import { queue } from "./en/queue";
import { shell } from "./en/shell";
import { system } from "./en/system";

export const en = { ...shell, ...errors, ...generate, ...gallery, ...queue, ...models, ...system };
