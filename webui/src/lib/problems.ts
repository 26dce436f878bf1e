/** What went wrong, in the page's language: a sentence by the problem's code, and what the server saw as evidence below. */
import { en } from "$lib/i18n/en";
import { language, t, type Key } from "$lib/i18n/language.svelte";

interface Problem {
  code: string;
  message: string;
  hint?: string | null;
}

/** The server speaks English: there its own sentence says more than one that fits every case. */
export function inWords({ code, message, hint }: Problem): { text: string; more: string } {
  const key = `problem.${code}`;
  if (language.code === "en" || !(key in en)) return { text: message, more: hint ?? "" };
  return { text: t(key as Key), more: [message, hint].filter(Boolean).join(" ") };
}
