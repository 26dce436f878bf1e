/** Hands files to whoever visits the page: the browser saves them. */
import { attempt, file } from "$lib/api/client";

/** Save a file of the server; what goes wrong is told. */
export async function save(url: string, name: string): Promise<void> {
  const blob = await attempt(file(url));
  if (blob) offer(blob, name);
}

export function offer(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
