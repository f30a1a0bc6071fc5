const phone = "(max-width: 480px)";

export function isPhone(): boolean {
  return matchMedia(phone).matches;
}

/** Keeps the full-screen panel above the on-screen keyboard and the page behind it still. Returns what undoes it. */
export function fitPhone(panel: HTMLElement): () => void {
  const page = document.documentElement;
  const overflow = [page.style.getPropertyValue("overflow"), page.style.getPropertyPriority("overflow")] as const;
  const life = new AbortController();
  const view = globalThis.visualViewport;
  const fit = () => {
    if (!view) return;
    panel.style.setProperty("--height", `${view.height}px`);
    panel.style.setProperty("--top", `${view.offsetTop}px`);
  };
  for (const name of ["resize", "scroll"]) view?.addEventListener(name, fit, { signal: life.signal });
  page.style.setProperty("overflow", "hidden", "important");
  fit();
  return () => {
    life.abort();
    page.style.setProperty("overflow", ...overflow);
    if (page.getAttribute("style") === "") page.removeAttribute("style");
  };
}
