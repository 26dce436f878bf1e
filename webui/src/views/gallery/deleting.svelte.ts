/** Deletes with a way back: pictures are out of sight at once, and the server is told when the way back is gone. */
import { api, ask, attempt } from "$lib/api/client";
import { n, t } from "$lib/i18n/language.svelte";
import { session } from "$lib/session.svelte";
import { toasts } from "$lib/toasts.svelte";
import { shots, type Shot } from "./shots.svelte";

const SECONDS = 8;
const AT_ONCE = 500;
/** In one request that outlives the page; a browser lets 64 kB do so, and a picture takes about 60 bytes. */
const LEAVING = 250;

/** Delete these pictures, unless it is undone within some seconds. */
export function remove(chosen: readonly Shot[]): void {
  const keys = chosen.map((shot) => shot.key);
  shots.hide(keys);
  const leave = (): void => parts(chosen, LEAVING).forEach((part) => void tell(part));
  addEventListener("pagehide", leave);
  toasts.show(n("gallery.deleted", keys.length), {
    seconds: SECONDS,
    action: {
      label: t("gallery.undo"),
      run: () => {
        removeEventListener("pagehide", leave);
        shots.show(keys);
      },
    },
    expired: () => {
      removeEventListener("pagehide", leave);
      for (const part of parts(chosen, AT_ONCE)) void finish(part);
    },
  });
}

async function finish(part: readonly Shot[]): Promise<void> {
  if (await attempt(ask(api.POST("/api/v1/pictures/delete", { body: body(part) })))) shots.forget(part);
  else shots.show(part.map((shot) => shot.key));
}

/** The page is left: the request outlives it. */
function tell(part: readonly Shot[]): Promise<unknown> {
  const headers = { ...session.headers, "Content-Type": "application/json" };
  const options = { method: "POST", headers, body: JSON.stringify(body(part)) };
  const url = "/api/v1/pictures/delete";
  // Beyond what may outlive the page, one that most likely still gets out.
  return fetch(url, { ...options, keepalive: true }).catch(() => fetch(url, options).catch(() => undefined));
}

function body(part: readonly Shot[]): { pictures: { job_id: string; index: number }[] } {
  return { pictures: part.map((shot) => ({ job_id: shot.job, index: shot.index })) };
}

function parts(all: readonly Shot[], most: number): Shot[][] {
  return Array.from({ length: Math.ceil(all.length / most) }, (_, at) => all.slice(at * most, (at + 1) * most));
}
