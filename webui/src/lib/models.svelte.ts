/** The models that the server knows, and which one is chosen for drawing. */
import { api, ask } from "$lib/api/client";
import type { Model } from "$lib/api/types";
import { remembered } from "$lib/remembered";

const stored = remembered("model", "");
const MOST = 1000;

class Models {
  list = $state.raw<Model[]>([]);
  loaded = $state(false);
  chosenId = $state(stored.get());

  /** Those that make pictures by themselves. */
  readonly drawing = $derived(this.list.filter((model) => model.modes.length > 0));
  /** The model to draw with: the chosen one, else the first that is ready, else the first. */
  readonly chosen = $derived(
    this.drawing.find((model) => model.id === this.chosenId) ??
      this.drawing.find((model) => model.ready) ??
      this.drawing[0],
  );

  async refresh(): Promise<void> {
    const page = await ask(api.GET("/api/v1/models", { params: { query: { limit: MOST } } }));
    this.list = page.models;
    this.loaded = true;
  }

  choose(id: string): void {
    this.chosenId = id;
    stored.set(id);
  }
}

export const models = new Models();
