/** How the page is built: into the Python package, hashed, split by view, with compressed copies beside the files. */
import { fileURLToPath } from "node:url";

import tailwindcss from "@tailwindcss/vite";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

import { precompress } from "./scripts/precompress.ts";

const server = process.env.SAFELIGHT_HOST ?? "http://127.0.0.1:7860";

export default defineConfig({
  base: "/ui/",
  plugins: [tailwindcss(), svelte(), precompress()],
  build: {
    outDir: "../src/safelight/server/page_dist",
    emptyOutDir: true,
    target: "es2022",
    cssTarget: ["chrome123", "firefox121", "safari17.5"], // light-dark() stays as it is
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0, // nothing is inlined: the Content-Security-Policy names files of this server only
    reportCompressedSize: false,
  },
  server: { proxy: { "/api": { target: server, headers: { origin: server } } } },
  resolve: { alias: { $lib: fileURLToPath(new URL("./src/lib", import.meta.url)) } },
  test: { include: ["src/**/*.test.ts"], setupFiles: ["scripts/browserlike.ts"], isolate: false, pool: "threads" },
});
