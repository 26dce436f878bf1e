/** Deletes with a way back: pictures are out of sight at once, and the server is told when nobody has undone it. */
import { api, ask, attempt } from "$lib/api/client";
import { n, t } from "$lib/i18n/language.svelte";
import { session } from "$lib/session.svelte";
import { toasts } from "$lib/toasts.svelte";
import { shots, type Shot } from "./shots.svelte";

const SECONDS = 8;
const AT_ONCE = 500;

/** Delete these pictures, unless it is undone within some seconds. */
export function remove(chosen: readonly Shot[]): void {
  const keys = chosen.map((shot) => shot.key);
  shots.hide(keys);
  const leave = (): void => parts(chosen).forEach((part) => void tell(part));
  const timer = setTimeout(() => {
    removeEventListener("pagehide", leave);
    for (const part of parts(chosen)) void finish(part);
  }, SECONDS * 1000);
  addEventListener("pagehide", leave);
  const undo = (): void => {
    clearTimeout(timer);
    removeEventListener("pagehide", leave);
    shots.show(keys);
  };
  toasts.show(n("gallery.deleted", keys.length), {
    seconds: SECONDS,
    action: { label: t("gallery.undo"), run: undo },
  });
}

async function finish(part: readonly Shot[]): Promise<void> {
  if (await attempt(ask(api.POST("/api/v1/pictures/delete", { body: body(part) })))) shots.forget(part);
  else shots.show(part.map((shot) => shot.key));
}

/** The page is left: the request outlives it. */
function tell(part: readonly Shot[]): Promise<unknown> {
  const headers = { ...session.headers, "Content-Type": "application/json" };
  const options = { method: "POST", headers, body: JSON.stringify(body(part)), keepalive: true };
  return fetch("/api/v1/pictures/delete", options).catch(() => undefined);
}

function body(part: readonly Shot[]): { pictures: { job_id: string; index: number }[] } {
  return { pictures: part.map((shot) => ({ job_id: shot.job, index: shot.index })) };
}

function parts(all: readonly Shot[]): Shot[][] {
  return Array.from({ length: Math.ceil(all.length / AT_ONCE) }, (_, at) =>
    all.slice(at * AT_ONCE, (at + 1) * AT_ONCE),
  );
}
