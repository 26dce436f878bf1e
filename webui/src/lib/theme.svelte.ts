/** Light and dark: by the system, or by hand. `public/theme.js` does the same before the first paint. */

export type Theme = "system" | "light" | "dark";

const NAME = "safelight.theme";

class Chosen {
  value = $state<Theme>((document.documentElement.dataset.theme as Theme | undefined) ?? "system");

  choose(theme: Theme): void {
    this.value = theme;
    const root = document.documentElement;
    if (theme === "system") delete root.dataset.theme;
    else root.dataset.theme = theme;
    try {
      if (theme === "system") localStorage.removeItem(NAME);
      else localStorage.setItem(NAME, theme);
    } catch {
      // Storage is off: it lasts as long as the page.
    }
  }
}

export const theme = new Chosen();
