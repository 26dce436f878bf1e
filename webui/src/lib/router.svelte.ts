/** Which view is shown: the path below /ui/, kept by the browser's history. */

const BASE = "/ui/";

class Router {
  /** The path below /ui/, without slashes at its ends; empty for the first view. */
  path = $state(below(location.pathname));
  query = $state.raw(new URLSearchParams(location.search));

  constructor() {
    addEventListener("popstate", () => this.#read());
    document.addEventListener("click", (event) => this.#follow(event));
  }

  /** Show a view; `replace` leaves no step back. */
  go(path: string, { replace = false } = {}): void {
    history[replace ? "replaceState" : "pushState"](null, "", href(path));
    this.#read();
  }

  #read(): void {
    this.path = below(location.pathname);
    this.query = new URLSearchParams(location.search);
  }

  /** Links below /ui/ change the view instead of loading the page anew. */
  #follow(event: MouseEvent): void {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
      return;
    const link = (event.target as Element | null)?.closest?.("a[href]");
    if (!(link instanceof HTMLAnchorElement) || link.target || link.download) return;
    if (link.origin !== location.origin || !link.pathname.startsWith(BASE)) return;
    event.preventDefault();
    this.go(link.pathname.slice(BASE.length) + link.search);
  }
}

/** The address of a view. */
export function href(path: string): string {
  return BASE + path.replace(/^\//, "");
}

function below(path: string): string {
  return path.startsWith(BASE) ? path.slice(BASE.length).replace(/\/+$/, "") : "";
}

export const router = new Router();
