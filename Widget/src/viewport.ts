export function isPhone(): boolean {
  return matchMedia("(max-width: 480px)").matches;
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
  for (const name of ["resize", "scroll"]) view.addEventListener(name, fit);
  style.overflow = "hidden";
  fit();
  return () => {
    for (const name of ["resize", "scroll"]) view.removeEventListener(name, fit);
    style.overflow = overflow;
    panel.style.height = panel.style.top = "";
  };
}
