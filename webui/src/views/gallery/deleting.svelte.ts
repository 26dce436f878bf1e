/** Deletes with a way back: pictures are out of sight at once, and the server is told when nobody has undone it. */
import { api, ask, attempt } from "$lib/api/client";
import { n, t } from "$lib/i18n/language.svelte";
import { session } from "$lib/session.svelte";
import { toasts } from "$lib/toasts.svelte";
import { favourites } from "./favourites.svelte";
import { shots, type Shot } from "./shots.svelte";

const SECONDS = 8;

/** The pictures that would go too, as they were drawn by the same jobs. */
export function alsoGone(chosen: readonly Shot[]): Shot[] {
  const keys = new Set(chosen.map((shot) => shot.key));
  return jobsOf(chosen)
    .flatMap((job) => shots.together(job))
    .filter((shot) => !keys.has(shot.key));
}

/** Delete the jobs of these pictures, unless it is undone within some seconds. */
export function remove(chosen: readonly Shot[]): void {
  const ids = jobsOf(chosen);
  const all = ids.flatMap((id) => shots.together(id));
  shots.hide(ids);
  const leave = (): void => ids.forEach((id) => void tell(id, { keepalive: true }));
  const timer = setTimeout(() => {
    removeEventListener("pagehide", leave);
    for (const id of ids) void finish(id);
    favourites.set(
      all.map((shot) => shot.key),
      false,
    );
  }, SECONDS * 1000);
  addEventListener("pagehide", leave);
  const undo = (): void => {
    clearTimeout(timer);
    removeEventListener("pagehide", leave);
    shots.show(ids);
  };
  toasts.show(n("gallery.deleted", all.length), { seconds: SECONDS, action: { label: t("gallery.undo"), run: undo } });
}

async function finish(id: string): Promise<void> {
  const asked = api.DELETE("/api/v1/jobs/{job_id}", { params: { path: { job_id: id } } });
  // 404: somebody else has deleted it already.
  const gone = asked.then(
    ({ response, ...rest }) => response.status === 404 || ask(Promise.resolve({ response, ...rest })),
  );
  const done = await attempt(gone.then(() => true));
  if (done) shots.forget(id);
  else shots.show([id]);
}

function tell(id: string, options: RequestInit): Promise<unknown> {
  return fetch(`/api/v1/jobs/${id}`, { method: "DELETE", headers: session.headers, ...options }).catch(() => undefined);
}

function jobsOf(chosen: readonly Shot[]): string[] {
  return [...new Set(chosen.map((shot) => shot.job))];
}
