import type { Look } from "../config.ts";
import { set } from "../dom.ts";

/**
 * Puts the look on the box, and what has been published of it since. The snippet's attributes have the names of the published look, so
 * that the launcher is right before that has arrived.
 */
export function createPainter(box: HTMLElement, dataset: DOMStringMap): (published?: Look) => void {
  const initial = { ...dataset };
  let look: Look = initial;

  return published => {
    look = { ...look, ...published };
    // What the page has set since then counts for more than what is published.
    const value = (name: keyof Look) => `${(dataset[name] === initial[name] ? look[name] : dataset[name]) ?? ""}`;
    for (const name of [
      "color",
      "on",
      "atLight",
      "atDark",
      "radius",
      "offsetX",
      "offsetY",
      "phoneOffsetX",
      "phoneOffsetY",
    ] as const)
      box.style.setProperty(`--${name}`, value(name));
    for (const name of ["position", "size", "theme"] as const) set(box, `data-${name}`, value(name) || null);
  };
}
