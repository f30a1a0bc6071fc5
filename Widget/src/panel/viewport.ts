import { applyStyles } from "../launcher/dependencies.ts";

/**
 * Keeps the chat within the part of the screen that the on-screen keyboard leaves. In full screen, the page behind it cannot scroll: by a
 * style sheet of ours, so that nobody's own lock is undone. Returns a function that undoes it.
 */
export function fit(panel: HTMLElement, isWhole: boolean): () => void {
  const view = visualViewport!;
  const { style } = panel;
  const place = () => {
    const zoom = (panel as { currentCSSZoom?: number }).currentCSSZoom ?? 1;
    const { height, offsetTop, scale } = view;
    // A visitor who pinch-zooms looks at a part of it.
    const top = scale > 1 ? 0 : offsetTop;
    const hidden = innerHeight - top - height * scale;
    if (isWhole) {
      style.height = `${(height * scale) / zoom}px`;
      style.top = `${top / zoom}px`;
    } else style.setProperty("--up", hidden > 100 ? `${hidden / zoom}px` : "");
  };
  const over = new AbortController();
  for (const name of ["resize", "scroll"]) view.addEventListener(name, place, over);
  const unlock = isWhole ? applyStyles(document, "html { overflow: hidden !important; }") : undefined;
  place();
  return () => {
    over.abort();
    unlock?.();
    style.height = style.top = "";
    style.setProperty("--up", "");
  };
}
