/** The language of the page: chosen by hand or the browser's, loaded when needed. `t` and `n` say things in it. */
import { remembered } from "$lib/remembered";
import { en } from "./en";

export type Key = keyof typeof en;
export type Dictionary = Record<Key, string>;
/** Keys that come as `….one` and `….other`. */
export type CountKey = Key extends infer K ? (K extends `${infer Stem}.other` ? Stem : never) : never;

type Values = Record<string, string | number>;

/** Every language there is: its name in itself, and how to get its words. A new one is one file and one line here. */
export const LANGUAGES = {
  en: { name: "English", load: async (): Promise<Dictionary> => en },
  de: { name: "Deutsch", load: async (): Promise<Dictionary> => (await import("./de")).de },
} as const;

export type Code = keyof typeof LANGUAGES;

const stored = remembered<Code | "">("language", "");

class Language {
  code = $state<Code>("en");
  #words = $state.raw<Dictionary>(en);

  /** What was chosen by hand; empty for the browser's. */
  get chosen(): Code | "" {
    return stored.get();
  }

  get words(): Dictionary {
    return this.#words;
  }

  /** Load the words of the chosen language, or of the browser's first known one. */
  async begin(): Promise<void> {
    const wanted = [this.chosen, ...navigator.languages.map((tag) => tag.split("-")[0] ?? "")];
    await this.#load((wanted.find((code) => code in LANGUAGES) ?? "en") as Code);
  }

  async choose(code: Code | ""): Promise<void> {
    stored.set(code);
    await this.begin();
  }

  async #load(code: Code): Promise<void> {
    this.#words = await LANGUAGES[code].load();
    this.code = code;
    document.documentElement.lang = code;
  }
}

export const language = new Language();

/** A sentence in the page's language, `{name}` replaced by `values.name`. */
export function t(key: Key, values: Values = {}): string {
  return fill(language.words[key], values);
}

/** The same for a counted thing: chooses `….one` or `….other` by the language's rules; `{count}` is the number. */
export function n(stem: CountKey, count: number, values: Values = {}): string {
  const form = new Intl.PluralRules(language.code).select(count) === "one" ? "one" : "other";
  return fill(language.words[`${stem}.${form}` as Key], { count: count.toLocaleString(language.code), ...values });
}

export function fill(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
