export function isPhone(): boolean {
  return innerWidth <= 480;
}

/** Keeps the full-screen panel above the on-screen keyboard and the page behind it still. Returns what undoes it. */
export function fitPhone(panel: HTMLElement): () => void {
  const { style } = document.documentElement;
  const { overflow } = style;
  const view = visualViewport!;
  const fit = () => {
    panel.style.height = `${view.height}px`;
    panel.style.top = `${view.offsetTop}px`;
  };
  const over = new AbortController();
  for (const name of ["resize", "scroll"]) view.addEventListener(name, fit, over);
  style.overflow = "hidden";
  fit();
  return () => {
    over.abort();
    style.overflow = overflow;
    panel.style.height = panel.style.top = "";
  };
}
