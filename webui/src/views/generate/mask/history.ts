/** What was painted, in order, with a way back and forth. */

export interface Point {
  x: number;
  y: number;
  /** Width of the stroke here, in pixels of the picture. */
  width: number;
}

export type Deed = { kind: "stroke"; erase: boolean; points: Point[] } | { kind: "invert" } | { kind: "clear" };

export class History {
  #done: Deed[] = [];
  #undone: Deed[] = [];

  get deeds(): readonly Deed[] {
    return this.#done;
  }

  get canUndo(): boolean {
    return this.#done.length > 0;
  }

  get canRedo(): boolean {
    return this.#undone.length > 0;
  }

  /** Something new was done: what was undone before is gone. */
  add(deed: Deed): void {
    this.#done.push(deed);
    this.#undone = [];
  }

  undo(): void {
    const deed = this.#done.pop();
    if (deed) this.#undone.push(deed);
  }

  redo(): void {
    const deed = this.#undone.pop();
    if (deed) this.#done.push(deed);
  }
}
