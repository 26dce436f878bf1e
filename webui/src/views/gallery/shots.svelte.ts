/** The finished pictures that are wanted, newest first: found by the server, page by page, kept current by events. */
import { api, ask } from "$lib/api/client";
import type { components } from "$lib/api/schema";
import { events } from "$lib/events.svelte";
import { hasEnded, jobs } from "$lib/jobs.svelte";
import { favourites } from "./favourites.svelte";
import { NOTHING, query, type Filter } from "./filters";

type Listed = components["schemas"]["ListedPicture"];
type Page = components["schemas"]["PicturePage"];

/** A finished picture: what the grid and a download need of it. */
export interface Shot {
  /** Job and number: what tells it from all others, and its address. */
  key: string;
  job: string;
  index: number;
  name: string;
  prompt: string;
  model: string;
  seed: number;
  width: number;
  height: number;
  bytes: number;
  url: string;
  /** When it was asked for, in milliseconds. */
  created: number;
}

const FIRST = 200;
const MORE = 500;

/** Without the file's ending: an address with one is not the page's, but a file's. */
export function keyOf(job: string, name: string): string {
  return `${job}/${name.replace(/\.\w+$/, "")}`;
}

export function shotOf({ job_id: job, ...one }: Listed): Shot {
  const { index, name, prompt, model, seed, width, height, bytes } = one;
  const url = `/api/v1/jobs/${job}/output/${name}`;
  const created = Date.parse(one.created);
  return { key: keyOf(job, name), job, index, name, prompt, model, seed, width, height, bytes, url, created };
}

/** Newest first, as the server orders them. */
export function ordered(one: Shot, other: Shot): number {
  return other.created - one.created || (one.job < other.job ? -1 : one.job > other.job ? 1 : one.index - other.index);
}

class Shots {
  /** Newest first, as far as they were asked for, without those that are about to be deleted. */
  readonly list = $derived.by(() =>
    this.#all.filter((shot) => !this.#hidden.has(shot.key) && (!this.#filter.favourites || favourites.has(shot.key))),
  );
  /** How many there are in all. */
  readonly total = $derived.by(() => this.#total - (this.#all.length - this.list.length));
  /** Names of all models that drew pictures. */
  models = $state.raw<readonly string[]>([]);
  /** Whether the first page has come. */
  begun = $state(false);
  #all = $state.raw<readonly Shot[]>([]);
  #total = $state(0);
  #hidden = $state.raw<ReadonlySet<string>>(new Set());
  #filter = $state.raw<Filter>(NOTHING);
  #next: string | null = null;
  #under: Promise<void> | undefined;
  #run = 0;

  /** Stay current. Returns what stops that. */
  follow(): () => void {
    void favourites.bring();
    const stops = [
      events.on((event) => {
        if ("state" in event && event.state && hasEnded({ status: event.state })) void this.#take(event.job);
      }),
      events.onOpen(() => void (this.begun ? this.#freshen() : this.#load())),
    ];
    return () => stops.forEach((stop) => stop());
  }

  /** Look for others; the list stays until they have come. */
  async look(filter: Filter): Promise<void> {
    if (JSON.stringify(filter) === JSON.stringify(this.#filter)) return;
    this.#filter = filter;
    await this.#load();
  }

  /** The next page, if there is one. */
  more(): Promise<void> {
    if (!this.#next) return Promise.resolve();
    return (this.#under ??= this.#more(this.#run).finally(() => (this.#under = undefined)));
  }

  /** Every page to the last. */
  async whole(): Promise<void> {
    for (let before = -1; this.#next && before !== this.#all.length;) {
      before = this.#all.length;
      await this.more();
    }
  }

  /** A picture by its key, whether it is in the list or not. */
  async one(key: string): Promise<Shot | undefined> {
    const job = key.split("/")[0] ?? "";
    const page = await ask(api.GET("/api/v1/pictures", { params: { query: { job } } })).catch(() => undefined);
    return page?.pictures.map(shotOf).find((shot) => shot.key === key);
  }

  /** Take pictures out of sight until they are forgotten or shown again. */
  hide(keys: Iterable<string>): void {
    this.#hidden = new Set([...this.#hidden, ...keys]);
  }

  show(keys: Iterable<string>): void {
    const back = new Set(keys);
    this.#hidden = new Set([...this.#hidden].filter((key) => !back.has(key)));
  }

  /** They are deleted. */
  forget(gone: readonly Shot[]): void {
    const keys = new Set(gone.map((shot) => shot.key));
    const left = this.#all.filter((shot) => !keys.has(shot.key));
    this.#total -= this.#all.length - left.length;
    this.#all = left;
    this.show(keys);
    for (const shot of gone) jobs.lose(shot.job, shot.index);
  }

  /** The newest, and nothing else. */
  async #load(): Promise<void> {
    const page = await this.#first();
    if (!page) return;
    this.#all = page.pictures.map(shotOf);
    this.#next = page.next;
    this.begun = true;
  }

  /** The newest anew, as the connection was gone for a while; what was loaded behind them stays. */
  async #freshen(): Promise<void> {
    const page = await this.#first();
    if (!page) return;
    const newest = page.pictures.map(shotOf);
    const last = newest.at(-1);
    const known = new Set(newest.map((shot) => shot.key));
    const behind = page.next && last ? this.#all.filter((shot) => !known.has(shot.key) && ordered(last, shot) < 0) : [];
    this.#all = [...newest, ...behind];
    if (!behind.length) this.#next = page.next;
  }

  /** The first page, unless the server is gone (the stream says when it is back) or a newer run has begun. */
  async #first(): Promise<Page | undefined> {
    const run = ++this.#run;
    this.#under = undefined;
    const params = { query: { ...query(this.#filter, Date.now()), limit: FIRST } };
    const page = await ask(api.GET("/api/v1/pictures", { params })).catch(() => undefined);
    if (!page || run !== this.#run) return undefined;
    favourites.learn(page.pictures);
    this.#total = page.total;
    this.models = page.models ?? this.models;
    return page;
  }

  async #more(run: number): Promise<void> {
    const params = { query: { ...query(this.#filter, Date.now()), limit: MORE, after: this.#next ?? undefined } };
    const page = await ask(api.GET("/api/v1/pictures", { params })).catch(() => undefined);
    if (!page || run !== this.#run) return;
    favourites.learn(page.pictures);
    const known = new Set(this.#all.map((shot) => shot.key));
    this.#all = [...this.#all, ...page.pictures.map(shotOf).filter((shot) => !known.has(shot.key))];
    this.#next = page.next;
  }

  /** A job ended: what it drew, if it is wanted, takes its place. */
  async #take(job: string): Promise<void> {
    const run = this.#run;
    const params = { query: { ...query(this.#filter, Date.now()), job } };
    const page = await ask(api.GET("/api/v1/pictures", { params })).catch(() => undefined);
    if (!page || run !== this.#run) return;
    favourites.learn(page.pictures);
    const others = this.#all.filter((shot) => shot.job !== job);
    if (!page.pictures.length && others.length === this.#all.length) return;
    this.#total += page.pictures.length - (this.#all.length - others.length);
    this.#all = [...others, ...page.pictures.map(shotOf)].sort(ordered);
    const names = page.pictures.map((one) => one.model).filter((name) => !this.models.includes(name));
    if (names[0]) this.models = [...this.models, names[0]].sort();
  }
}

export const shots = new Shots();
