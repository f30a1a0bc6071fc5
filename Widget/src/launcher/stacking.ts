import type { Chunks } from "./chunks.ts";
import { tag } from "./snippet.ts";

// Whether the page has, or had, another widget.
let isShared = false;

/** Launchers of other widgets are not covered. */
export function stackLaunchers(chunks: Chunks): void {
  if ((isShared ||= !!document.querySelectorAll(tag)[1]))
    chunks._load("placing").then(
      ({ stack }) => stack(),
      () => 0,
    );
}
