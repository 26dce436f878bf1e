/** Short messages at the edge of the page. They leave by themselves, but none while it is pointed at or has the focus. */

export type Tone = "plain" | "good" | "danger";

export interface Toast {
  id: number;
  tone: Tone;
  text: string;
  hint?: string;
  /** A button, as for undoing; pressing it closes the message. */
  action?: { label: string; run: () => void };
  /** Called when it goes away by itself or is closed, and the action was not taken. */
  expired?: () => void;
}

const SECONDS = { plain: 6, good: 6, danger: 15 };
/** How many are shown; those that offer something are never pushed out. */
const MOST = 4;

class Toasts {
  list = $state<Toast[]>([]);
  /** Where they can be shown; the last one does: what lies outside an open dialog is not reached by key. */
  places = $state.raw<readonly symbol[]>([]);
  #last = 0;
  #seconds = new Map<number, number>();
  #timers = new Map<number, ReturnType<typeof setTimeout>>();

  show(text: string, more: Partial<Omit<Toast, "id" | "text">> & { seconds?: number } = {}): number {
    const { seconds, ...rest } = more;
    const toast: Toast = { id: ++this.#last, tone: "plain", text, ...rest };
    const passing = this.list.filter((one) => !one.action);
    const same = passing.filter((one) => one.text === text && !toast.action);
    const old = passing
      .filter((one) => !same.includes(one))
      .slice(0, Math.max(0, passing.length - same.length + 1 - MOST));
    for (const one of [...same, ...old]) this.close(one.id);
    this.list = [...this.list, toast];
    this.#seconds.set(toast.id, seconds ?? SECONDS[toast.tone]);
    this.release(toast.id);
    return toast.id;
  }

  act(id: number): void {
    const toast = this.#take(id);
    toast?.action?.run();
  }

  close(id: number): void {
    this.#take(id)?.expired?.();
  }

  /** Keep it, as somebody is at it. */
  hold(id: number): void {
    clearTimeout(this.#timers.get(id));
  }

  /** Let its time begin anew. */
  release(id: number): void {
    const seconds = this.#seconds.get(id);
    this.hold(id);
    if (seconds)
      this.#timers.set(
        id,
        setTimeout(() => this.close(id), seconds * 1000),
      );
  }

  /** Show them here until the answer is called. */
  place(): { here: symbol; leave: () => void } {
    const here = Symbol("place");
    this.places = [...this.places, here];
    return { here, leave: () => (this.places = this.places.filter((one) => one !== here)) };
  }

  #take(id: number): Toast | undefined {
    this.hold(id);
    this.#timers.delete(id);
    this.#seconds.delete(id);
    const toast = this.list.find((one) => one.id === id);
    this.list = this.list.filter((one) => one.id !== id);
    return toast;
  }
}

export const toasts = new Toasts();
