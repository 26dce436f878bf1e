/** Takes pictures that were dropped, pasted or chosen as the one to start from. */
import { form } from "$lib/form.svelte";
import { t } from "$lib/i18n/language.svelte";
import { toasts } from "$lib/toasts.svelte";

export async function gather(given: Pick<DataTransfer, "files"> | null): Promise<void> {
  const file = [...(given?.files ?? [])].find((one) => one.type.startsWith("image/"));
  if (file) await startFrom(file);
  else if (given?.files.length) toasts.show(t("source.unreadable"), { tone: "danger" });
}

export async function startFrom(blob: Blob): Promise<void> {
  try {
    await form.startFrom(blob);
  } catch {
    toasts.show(t("source.unreadable"), { tone: "danger" });
  }
}
