/** Favourite pictures. The server has no place for them, so this browser keeps them. */
import { SvelteSet } from "svelte/reactivity";

import { remembered } from "$lib/remembered";

const stored = remembered<string[]>("favourites", []);

class Favourites {
  #keys = new SvelteSet(stored.get());

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  toggle(key: string): void {
    this.set([key], !this.#keys.has(key));
  }

  set(keys: Iterable<string>, wanted: boolean): void {
    for (const key of keys) {
      if (wanted) this.#keys.add(key);
      else this.#keys.delete(key);
    }
    stored.set([...this.#keys]);
  }
}

export const favourites = new Favourites();
