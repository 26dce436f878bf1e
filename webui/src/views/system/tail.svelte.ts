/** The server's log as it grows: the newest lines, asked for again and again until it is paused. */
import { api, ask } from "$lib/api/client";
import type { components } from "$lib/api/schema";

export type LogLine = components["schemas"]["LogLine"];
export type Level = components["schemas"]["Level"];

const OFTEN = 2_000;
const MOST = 500;

export class Tail {
  lines = $state.raw<readonly LogLine[]>([]);
  /** Whether it may be seen at all, and has come. */
  known = $state(false);
  level = $state<Level>("INFO");
  requests = $state(false);
  paused = $state(false);
  #last = 0;
  #run = 0;

  /** Begin anew, with what is chosen now, and go on. Returns what stops it. */
  follow(): () => void {
    const run = ++this.#run;
    this.#last = 0;
    void this.#ask(run);
    const timer = setInterval(() => {
      if (!this.paused && !document.hidden) void this.#ask(run);
    }, OFTEN);
    return () => {
      this.#run++;
      clearInterval(timer);
    };
  }

  async #ask(run: number): Promise<void> {
    const since = this.#last;
    const query = { since, level: this.level, requests: this.requests, limit: MOST };
    const page = await ask(api.GET("/api/v1/system/logs", { params: { query } })).catch(() => undefined);
    if (!page || run !== this.#run || since !== this.#last) return;
    // A smaller number than before: the server was started anew.
    if (page.last < since) this.#last = 0;
    else {
      this.lines = [...(since ? this.lines : []), ...page.lines].slice(-MOST);
      this.#last = page.last;
      this.known = true;
    }
  }
}
