import type { Look } from "../config.ts";
import { set } from "../dom.ts";

/**
 * Applies the appearance to the box: first the snippet's attributes, later the published config. The attributes have the names of the
 * config, so the launcher is right before the config has arrived.
 */
export function createPainter(box: HTMLElement, dataset: DOMStringMap): (published?: Look) => void {
  const initial = { ...dataset };
  let look: Look = initial;

  return published => {
    look = { ...look, ...published };
    // Attributes that the page has set since then override the published config.
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
