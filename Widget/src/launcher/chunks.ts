import { script } from "./snippet.ts";

export type Chunks = ReturnType<typeof createChunks>;

/** The files of the widget that are fetched when they are needed. */
export function createChunks() {
  let tries = 0;

  return {
    _load: (name: string) =>
      import(new URL(`chunks/${name}.${HASH}.js${tries > 1 ? `?${tries}` : ""}`, script.src).href),
    /** A browser remembers that a module could not be had, so each further try asks for another address. */
    _try(): void {
      tries++;
    },
  };
}
