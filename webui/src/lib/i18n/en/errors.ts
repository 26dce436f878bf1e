/** Words for what goes wrong. */
export const errors = {
  "error.unreachable": "The server does not answer.",
  "error.unreachable.hint": "Is it running? This page goes on as soon as it is back.",
  "error.unknown": "The server answered with an error ({status}).",
  "error.view": "This view could not be loaded. Load the page again.",
};
