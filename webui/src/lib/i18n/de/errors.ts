import type { errors as words } from "../en/errors";

export const errors: Record<keyof typeof words, string> = {
  "error.unreachable": "Der Server antwortet nicht.",
  "error.unreachable.hint": "Läuft er? Sobald er wieder da ist, geht es hier weiter.",
  "error.unknown": "Der Server hat mit einem Fehler geantwortet ({status}).",
  "error.view": "Diese Ansicht ließ sich nicht laden. Bitte die Seite neu laden.",
};
