/** How often a growing picture is shown: a preview costs a moment of the engine's time. */
import { remembered } from "$lib/remembered";

export type Previews = "none" | "some" | "every";

const SOME = 8;
const stored = remembered<Previews>("previews", "some");

class Chosen {
  value = $state<Previews>(stored.get());

  choose(value: Previews): void {
    this.value = value;
    stored.set(value);
  }

  /** Steps between previews; 0 for none. */
  every(steps: number): number {
    if (this.value === "none") return 0;
    return this.value === "every" ? 1 : Math.max(1, Math.ceil(steps / SOME));
  }
}

export const previews = new Chosen();
