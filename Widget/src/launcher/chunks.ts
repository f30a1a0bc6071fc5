import { script } from "./snippet.ts";

export type Chunks = ReturnType<typeof createChunks>;

/** The files of the widget that are loaded on demand. */
export function createChunks() {
  let tries = 0;

  return {
    _load: (name: string) =>
      import(new URL(`chunks/${name}.${HASH}.js${tries > 1 ? `?${tries}` : ""}`, script.src).href),
    /** A browser remembers a module that failed to load, so each retry uses another URL. */
    _try(): void {
      tries++;
    },
  };
}
