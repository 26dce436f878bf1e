/** English: the words that all other languages translate. Keys of counted things come as `….one` and `….other`. */
export const en = {
  "nav.label": "Views",
  "nav.skip": "Skip to the content",
  "nav.generate": "Generate",
  "nav.waiting": "jobs waiting or running",
  "nav.lost": "The server does not answer. Trying again…",

  "toasts.label": "Messages",
  "toasts.close": "Close message",
  "dialog.close": "Close",

  "error.unreachable": "The server does not answer.",
  "error.unreachable.hint": "Is it running? This page goes on as soon as it is back.",
  "error.unknown": "The server answered with an error ({status}).",
  "error.view": "This view could not be loaded. Load the page again.",

  "login.title": "Sign in",
  "login.text": "This server asks for an API key. Whoever runs it can make one with “safelight keys add”.",
  "login.key": "API key",
  "login.stay": "Stay signed in on this device",
  "login.enter": "Sign in",
  "login.wrong": "The server does not know this key.",
} as const satisfies Record<string, string>;
