/** Every view: its path below /ui/, its name in the navigation, its icon, and the module that is loaded for it. */
import Box from "@lucide/svelte/icons/box";
import Cpu from "@lucide/svelte/icons/cpu";
import Images from "@lucide/svelte/icons/images";
import ListOrdered from "@lucide/svelte/icons/list-ordered";
import Settings from "@lucide/svelte/icons/settings";
import Sparkles from "@lucide/svelte/icons/sparkles";
import type { Component } from "svelte";

import type { Key } from "$lib/i18n/language.svelte";

export interface View {
  path: string;
  label: Key;
  icon: typeof Images;
  /** In the phone's bar, or only in the rail and on the page of settings. */
  bar: boolean;
  /** At the end of the rail. */
  last?: boolean;
  load: () => Promise<{ default: Component }>;
}

export const VIEWS: readonly View[] = [
  { path: "", label: "nav.generate", icon: Sparkles, bar: true, load: () => import("./generate/Generate.svelte") },
  { path: "gallery", label: "nav.gallery", icon: Images, bar: true, load: () => import("./gallery/Gallery.svelte") },
  { path: "queue", label: "nav.queue", icon: ListOrdered, bar: true, load: () => import("./queue/Queue.svelte") },
  { path: "models", label: "nav.models", icon: Box, bar: true, load: () => import("./models/Models.svelte") },
  {
    path: "system",
    label: "nav.system",
    icon: Cpu,
    bar: false,
    last: true,
    load: () => import("./system/System.svelte"),
  },
  {
    path: "settings",
    label: "nav.settings",
    icon: Settings,
    bar: true,
    load: () => import("./settings/Settings.svelte"),
  },
];

/** The view of a path; the first one where there is none. */
export function viewOf(path: string): View {
  const [head = ""] = path.split("/");
  return VIEWS.find((view) => view.path === head) ?? (VIEWS[0] as View);
}
