/** Deutsch. */
import type { Dictionary } from "./language.svelte";

export const de: Dictionary = {
  "nav.label": "Ansichten",
  "nav.skip": "Zum Inhalt springen",
  "nav.generate": "Erzeugen",
  "nav.waiting": "Aufträge warten oder laufen",
  "nav.lost": "Der Server antwortet nicht. Neuer Versuch…",

  "toasts.label": "Meldungen",
  "toasts.close": "Meldung schließen",
  "dialog.close": "Schließen",

  "error.unreachable": "Der Server antwortet nicht.",
  "error.unreachable.hint": "Läuft er? Sobald er wieder da ist, geht es hier weiter.",
  "error.unknown": "Der Server hat mit einem Fehler geantwortet ({status}).",
  "error.view": "Diese Ansicht ließ sich nicht laden. Bitte die Seite neu laden.",

  "login.title": "Anmelden",
  "login.text": "Dieser Server verlangt einen API-Schlüssel. Wer ihn betreibt, legt einen mit „safelight keys add“ an.",
  "login.key": "API-Schlüssel",
  "login.stay": "Auf diesem Gerät angemeldet bleiben",
  "login.enter": "Anmelden",
  "login.wrong": "Der Server kennt diesen Schlüssel nicht.",
};
