/** Asks the server. `api` is typed by its OpenAPI document; `ask` unpacks an answer or throws a `Refusal`. */
import createClient, { type Middleware } from "openapi-fetch";

import { session } from "$lib/session.svelte";
import { t } from "$lib/i18n/language.svelte";
import { inWords } from "$lib/problems";
import { toasts } from "$lib/toasts.svelte";
import type { paths } from "./schema";
import type { Problem } from "./types";

/** An answer that is no success: one sentence for people, a hint, and a code to act on. */
export class Refusal extends Error {
  constructor(
    message: string,
    readonly code: string,
    readonly status: number,
    readonly hint: string | null = null,
  ) {
    super(message);
  }
}

const key: Middleware = {
  onRequest({ request }) {
    for (const [name, value] of Object.entries(session.headers)) request.headers.set(name, value);
    return request;
  },
  onResponse({ response }) {
    if (response.status === 401) session.refused();
  },
};

export const api = createClient<paths>({ baseUrl: location.origin, fetch: (request) => fetch(request) });
api.use(key);

/** The data of an answer. Throws Refusal: what the server said, or that it can't be reached. */
export async function ask<T>(answer: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  let got;
  try {
    got = await answer;
  } catch {
    throw unreachable();
  }
  if (!got.response.ok) throw refusal(got.error, got.response.status);
  return got.data as T;
}

/** Do something that may be refused; tell the person if it is. Returns undefined then. */
export async function attempt<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (error.status !== 401) toasts.show(error.message, { tone: "danger", hint: error.hint ?? undefined });
    return undefined;
  }
}

/** A file of the server (a picture, a thumbnail) with the key that `<img src>` can't send. */
export async function file(url: string): Promise<Blob> {
  const response = await fetch(url, { headers: session.headers }).catch(() => undefined);
  if (!response) throw unreachable();
  if (!response.ok) throw refusal(await response.json().catch(() => undefined), response.status);
  return response.blob();
}

function refusal(body: unknown, status: number): Refusal {
  const problem = (typeof body === "object" && body ? body : {}) as Partial<Problem>;
  const { code = "unknown", detail = t("error.unknown", { status }), hint } = problem;
  const { text, more } = inWords({ code, message: detail, hint });
  return new Refusal(text, code, status, more || null);
}

function unreachable(): Refusal {
  return new Refusal(t("problem.unreachable"), "unreachable", 0, t("error.unreachable.hint"));
}
