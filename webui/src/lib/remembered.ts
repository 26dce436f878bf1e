/** Small things that the browser keeps between visits, under one prefix. Without storage they last as long as the page. */

const PREFIX = "safelight.";

export interface Remembered<T> {
  get(): T;
  set(value: T): void;
}

/** A value by name; `fallback` until it was set, and where the stored text is none of ours. */
export function remembered<T>(
  name: string,
  fallback: T,
  store: "localStorage" | "sessionStorage" = "localStorage",
): Remembered<T> {
  let value = read(store, name, fallback);
  return {
    get: () => value,
    set(next: T) {
      value = next;
      try {
        if (next === fallback || next === null) globalThis[store].removeItem(PREFIX + name);
        else globalThis[store].setItem(PREFIX + name, typeof next === "string" ? next : JSON.stringify(next));
      } catch {
        // Storage is full or off: it lasts as long as the page.
      }
    },
  };
}

function read<T>(store: "localStorage" | "sessionStorage", name: string, fallback: T): T {
  try {
    const text = globalThis[store].getItem(PREFIX + name);
    if (text === null) return fallback;
    return typeof fallback === "string" ? (text as T) : (JSON.parse(text) as T);
  } catch {
    return fallback;
  }
}
