/** Takes pictures out of the page: as a file, as an archive, into the clipboard. */
import { attempt, file, Refusal } from "$lib/api/client";
import { t } from "$lib/i18n/language.svelte";
import { offer, save } from "$lib/offering";
import { toasts } from "$lib/toasts.svelte";
import type { Shot } from "./shots.svelte";
import { zipped } from "./zip";

/** An archive beyond this goes straight to the disk, where the browser lets a page do that. */
const IN_MEMORY = 512 * 1024 ** 2;

interface Picker {
  showSaveFilePicker?: (options: {
    suggestedName: string;
  }) => Promise<{ createWritable: () => Promise<WritableStream> }>;
}

export function fileName(shot: Shot): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  const at = new Date(shot.created);
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day}-${two(at.getHours())}${two(at.getMinutes())}-${shot.job.slice(0, 8)}-${shot.name}`;
}

export function download(shot: Shot): Promise<void> {
  return save(shot.url, fileName(shot));
}

/** Save pictures as one archive; `done` hears how many are in it. */
export async function downloadAll(shots: readonly Shot[], done: (count: number) => void): Promise<void> {
  const entries = shots.map((shot) => ({
    name: fileName(shot),
    modified: new Date(shot.created),
    read: () => file(shot.url),
  }));
  const name = `safelight-${shots.length}.zip`;
  const picker = (window as Picker).showSaveFilePicker;
  const size = shots.reduce((sum, shot) => sum + shot.bytes, 0);
  try {
    if (size < IN_MEMORY || !picker) {
      offer(await new Response(zipped(entries, done)).blob(), name);
    } else {
      const handle = await picker({ suggestedName: name }).catch(() => undefined); // closed without a choice
      if (handle) await zipped(entries, done).pipeTo(await handle.createWritable());
    }
  } catch (error) {
    const why = error instanceof Refusal ? error.message : undefined;
    toasts.show(t("gallery.zip.failed"), { tone: "danger", hint: why });
  }
}

export async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    byHand(text); // pages that came over plain http from another machine have no clipboard
  }
  toasts.show(t("gallery.copied"), { tone: "good" });
}

/** Whether a picture can be put into the clipboard here. */
export const canCopyPictures = typeof ClipboardItem !== "undefined" && window.isSecureContext;

export async function copyPicture(shot: Shot): Promise<void> {
  const blob = await attempt(file(shot.url));
  if (!blob) return;
  await navigator.clipboard.write([new ClipboardItem({ "image/png": asPng(blob) })]);
  toasts.show(t("gallery.copied"), { tone: "good" });
}

async function asPng(blob: Blob): Promise<Blob> {
  if (blob.type === "image/png") return blob;
  const bitmap = await createImageBitmap(blob);
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0);
  return canvas.convertToBlob({ type: "image/png" });
}

function byHand(text: string): void {
  const area = document.createElement("textarea");
  area.value = text;
  (document.querySelector("[role=dialog]") ?? document.body).append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}
