/** Words around all views. */
export const shell = {
  "nav.label": "Views",
  "nav.skip": "Skip to the content",
  "nav.generate": "Generate",
  "nav.waiting": "jobs waiting or running",
  "nav.lost": "The server does not answer. Trying again…",
  "nav.gallery": "Gallery",
  "nav.queue": "Queue",
  "nav.models": "Models",
  "nav.settings": "Settings",
  "nav.system": "System",

  "toasts.label": "Messages",
  "toasts.close": "Close message",

  "dialog.close": "Close",

  "login.title": "Sign in",
  "login.text": "This server asks for an API key. Whoever runs it can make one with “safelight keys add”.",
  "login.key": "API key",
  "login.stay": "Stay signed in on this device",
  "login.enter": "Sign in",
  "login.wrong": "The server does not know this key.",

  "key.ctrl": "Ctrl",

  "time.seconds": "{count} s",
  "time.minutes": "{count} min",
  "time.hours": "{hours} h {minutes} min",

  "restore.drop": "Drop a picture to get its settings back",
  "restore.none": "This picture carries no settings.",
  "restore.offer": "This picture carries the settings it was drawn with.",
  "restore.use": "Use them",
  "restore.model": "Its model {model} is not here; the rest is taken.",
  "restore.done": "The picture's settings are in the form.",
};
