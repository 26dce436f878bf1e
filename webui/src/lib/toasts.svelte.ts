/** Short messages at the edge of the page. Errors stay until they are closed; the rest leaves by itself. */

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

const SECONDS = 6;

class Toasts {
  list = $state<Toast[]>([]);
  #last = 0;
  #timers = new Map<number, ReturnType<typeof setTimeout>>();

  show(text: string, more: Partial<Omit<Toast, "id" | "text">> & { seconds?: number } = {}): number {
    const { seconds, ...rest } = more;
    const toast: Toast = { id: ++this.#last, tone: "plain", text, ...rest };
    this.list = [...this.list.filter((one) => one.text !== text), toast].slice(-4);
    if (toast.tone !== "danger" || seconds) this.#arm(toast.id, seconds ?? SECONDS);
    return toast.id;
  }

  act(id: number): void {
    const toast = this.#take(id);
    toast?.action?.run();
  }

  close(id: number): void {
    this.#take(id)?.expired?.();
  }

  #arm(id: number, seconds: number): void {
    this.#timers.set(
      id,
      setTimeout(() => this.close(id), seconds * 1000),
    );
  }

  #take(id: number): Toast | undefined {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    const toast = this.list.find((one) => one.id === id);
    this.list = this.list.filter((one) => one.id !== id);
    return toast;
  }
}

export const toasts = new Toasts();
