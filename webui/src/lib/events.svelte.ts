/** The one event stream of the page: reads it, reconnects where it broke off, and hands events to who listens. */
import { createParser } from "eventsource-parser";

import { session } from "$lib/session.svelte";
import type { ServerEvent } from "$lib/api/types";

type Listener = (event: ServerEvent) => void;

const FIRST_WAIT = 500;
const LONGEST_WAIT = 5_000;
/** The server says something at least every 15 seconds; a silence of this length is a connection that died. */
const SILENCE = 40_000;
/** A tab that nobody sees lets go of its connection: browsers allow six for all tabs together. */
const UNSEEN = 10_000;

class Events {
  /** `lost` once a connection broke and until the next one stands. */
  state = $state<"connecting" | "open" | "lost">("connecting");
  #listeners = new Set<Listener>();
  #opened = new Set<() => void>();
  #last = "";
  #abort: AbortController | undefined;
  #hurry: (() => void) | undefined;

  /** Hear every event. Returns what stops it. */
  on(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Be told whenever a connection stands: what was loaded before may be old. Returns what stops it. */
  onOpen(listener: () => void): () => void {
    this.#opened.add(listener);
    if (this.state === "open") listener();
    return () => this.#opened.delete(listener);
  }

  /** Connect, and stay connected until `stop`. */
  start(): void {
    this.stop();
    const abort = new AbortController();
    this.#abort = abort;
    addEventListener("online", () => this.#hurry?.(), { signal: abort.signal });
    document.addEventListener("visibilitychange", () => document.hidden || this.#hurry?.(), { signal: abort.signal });
    void this.#run(abort.signal);
  }

  stop(): void {
    this.#abort?.abort();
    this.#abort = undefined;
  }

  async #run(signal: AbortSignal): Promise<void> {
    let wait = FIRST_WAIT;
    while (!signal.aborted) {
      const unseen = new AbortController();
      const unwatch = onUnseen(() => unseen.abort());
      const stood = await this.#listen(AbortSignal.any([signal, unseen.signal])).catch(() => false);
      unwatch();
      if (signal.aborted) return;
      if (unseen.signal.aborted) {
        this.state = "connecting";
        await whenSeen();
        continue;
      }
      this.state = "lost";
      wait = stood ? FIRST_WAIT : Math.min(wait * 2, LONGEST_WAIT);
      await this.#pause(wait);
    }
  }

  /** One connection, to its end. Returns whether it stood. */
  async #listen(outer: AbortSignal): Promise<boolean> {
    const silent = new AbortController();
    let timer = setTimeout(() => silent.abort(), SILENCE);
    const headers: Record<string, string> = { ...session.headers, Accept: "text/event-stream" };
    if (this.#last) headers["Last-Event-ID"] = this.#last;
    const signal = AbortSignal.any([outer, silent.signal]);
    const response = await fetch("/api/v1/events", { headers, signal, cache: "no-store" });
    if (response.status === 401) {
      session.refused();
      this.stop();
      return false;
    }
    if (!response.ok || !response.body) return false;
    const parser = createParser({
      onEvent: (message) => {
        if (message.id) this.#last = message.id;
        this.#tell(JSON.parse(message.data) as ServerEvent);
      },
    });
    this.state = "open";
    for (const listener of this.#opened) listener();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return true;
        clearTimeout(timer);
        timer = setTimeout(() => silent.abort(), SILENCE);
        parser.feed(value);
      }
    } catch {
      return true; // it stood, and broke off
    } finally {
      clearTimeout(timer);
    }
  }

  #tell(event: ServerEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#hurry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Call `then` when the tab was hidden for a while. Returns what forgets it. */
function onUnseen(then: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = (): void => {
    clearTimeout(timer);
    if (document.hidden) timer = setTimeout(then, UNSEEN);
  };
  document.addEventListener("visibilitychange", look);
  look();
  return () => {
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", look);
  };
}

function whenSeen(): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (document.hidden) return;
      document.removeEventListener("visibilitychange", look);
      resolve();
    };
    document.addEventListener("visibilitychange", look);
    look();
  });
}

export const events = new Events();
