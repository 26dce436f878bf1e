import type { shell as words } from "../en/shell";

export const shell: Record<keyof typeof words, string> = {
  "nav.label": "Ansichten",
  "nav.skip": "Zum Inhalt springen",
  "nav.generate": "Erzeugen",
  "nav.waiting": "Aufträge warten oder laufen",
  "nav.lost": "Der Server antwortet nicht. Neuer Versuch…",
  "nav.gallery": "Galerie",
  "nav.queue": "Aufträge",
  "nav.models": "Modelle",
  "nav.settings": "Optionen",
  "nav.system": "System",

  "toasts.label": "Meldungen",
  "toasts.close": "Meldung schließen",

  "dialog.close": "Schließen",

  "login.title": "Anmelden",
  "login.text": "Dieser Server verlangt einen API-Schlüssel. Wer ihn betreibt, legt einen mit „safelight keys add“ an.",
  "login.key": "API-Schlüssel",
  "login.stay": "Auf diesem Gerät angemeldet bleiben",
  "login.enter": "Anmelden",
  "login.wrong": "Der Server kennt diesen Schlüssel nicht.",

  "key.ctrl": "Strg",

  "time.seconds": "{count} s",
  "time.minutes": "{count} min",
  "time.hours": "{hours} h {minutes} min",

  "restore.drop": "Bild ablegen, um seine Einstellungen zurückzuholen",
  "restore.none": "Dieses Bild trägt keine Einstellungen in sich.",
  "restore.offer": "Dieses Bild trägt die Einstellungen in sich, mit denen es entstand.",
  "restore.use": "Übernehmen",
  "restore.model": "Sein Modell {model} ist nicht da; der Rest ist übernommen.",
  "restore.done": "Die Einstellungen des Bildes stehen im Formular.",
};
