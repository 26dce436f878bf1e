// Runs before the first paint, so that a theme chosen by hand never flashes.
try {
  var chosen = localStorage.getItem("safelight.theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch {
  // Storage is off: the system's theme holds.
}
