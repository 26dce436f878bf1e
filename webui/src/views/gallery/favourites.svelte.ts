/** Favourite pictures: kept by the server, known here as far as pictures were listed. */
import { SvelteSet } from "svelte/reactivity";

import { api, ask, attempt } from "$lib/api/client";
import type { components } from "$lib/api/schema";
import { remembered } from "$lib/remembered";
import { keyOf } from "./shots.svelte";

const AT_ONCE = 1000;
const stored = remembered<string[]>("favourites", []);

class Favourites {
  #keys = new SvelteSet<string>();

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  /** Take what a list says. */
  learn(pictures: readonly components["schemas"]["ListedPicture"][]): void {
    for (const one of pictures) this.#put(keyOf(one.job_id, one.name), one.favourite);
  }

  toggle(key: string): void {
    void this.set([key], !this.#keys.has(key));
  }

  /** Shown at once, and taken back if the server refuses. */
  async set(all: readonly string[], wanted: boolean): Promise<void> {
    const keys = all.filter((key) => this.#keys.has(key) !== wanted);
    for (const key of keys) this.#put(key, wanted);
    for (let at = 0; at < keys.length; at += AT_ONCE) {
      const part = keys.slice(at, at + AT_ONCE);
      if (!(await attempt(tell(part, wanted)))) for (const key of part) this.#put(key, !wanted);
    }
  }

  /** Earlier versions of the page kept them in the browser: hand those over, once. */
  async bring(): Promise<void> {
    const mine = stored.get();
    if (!mine.length) return;
    for (let at = 0; at < mine.length; at += AT_ONCE) {
      if (!(await tell(mine.slice(at, at + AT_ONCE), true).catch(() => undefined))) return;
    }
    for (const key of mine) this.#keys.add(key);
    stored.set([]);
    localStorage.removeItem("safelight.favourites");
  }

  #put(key: string, wanted: boolean): void {
    if (wanted) this.#keys.add(key);
    else this.#keys.delete(key);
  }
}

function tell(keys: readonly string[], favourite: boolean): Promise<unknown> {
  const pictures = keys.map((key) => {
    const [job_id = "", number = ""] = key.split("/");
    return { job_id, index: Number(number) };
  });
  return ask(api.POST("/api/v1/pictures/favourite", { body: { pictures, favourite } }));
}

export const favourites = new Favourites();
