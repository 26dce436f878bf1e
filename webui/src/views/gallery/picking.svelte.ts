/** Which pictures are picked, to do something with all of them. */
import { SvelteSet } from "svelte/reactivity";

import type { Shot } from "./shots.svelte";

export class Picking {
  /** A tap picks, as it was asked for by a button, even while nothing is picked. */
  asked = $state(false);
  #keys = new SvelteSet<string>();
  #last = -1;

  get on(): boolean {
    return this.asked || this.#keys.size > 0;
  }

  get count(): number {
    return this.#keys.size;
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  /** Pick a picture or let it go; with `through` all from the last one to it. */
  pick(list: readonly Shot[], index: number, through: boolean): void {
    const shot = list[index];
    if (!shot) return;
    if (through && this.#last >= 0) {
      const [from, to] = [Math.min(this.#last, index), Math.max(this.#last, index)];
      for (const one of list.slice(from, to + 1)) this.#keys.add(one.key);
    } else if (!this.#keys.delete(shot.key)) this.#keys.add(shot.key);
    this.#last = index;
  }

  only(key: string): void {
    this.clear();
    this.#keys.add(key);
  }

  all(list: readonly Shot[]): void {
    for (const shot of list) this.#keys.add(shot.key);
  }

  clear(): void {
    this.#keys.clear();
    this.#last = -1;
    this.asked = false;
  }

  /** The picked ones that there still are. */
  of(list: readonly Shot[]): Shot[] {
    return this.#keys.size ? list.filter((shot) => this.#keys.has(shot.key)) : [];
  }
}
