/** What modules ask of a browser while they are imported, for tests that need no more of one. */
globalThis.location ??= new URL("http://127.0.0.1:7860/ui/") as unknown as Location;
