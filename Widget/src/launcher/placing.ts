// Only for pages with a second widget or an inline one, which load it.
import { applyStyles } from "./dependencies.ts";

const gap = 12;
const least = 120;
const usual = 480;

/** Launchers that would cover each other are stacked in the order of their elements; their chats open above all of them. */
export function stack(): void {
  const widgets = [...document.querySelectorAll<HTMLElement>("chat-portal-widget")].flatMap(
    ({ shadowRoot, dataset: { widget } }) => {
      const button = shadowRoot?.querySelector("button");
      return button ? [{ button, widget }] : [];
    },
  );
  const placed: [rect: DOMRect, lift: number, widget: string | undefined][] = [];
  for (const { button } of widgets) {
    button.style.marginBottom = "";
    (button.parentNode as HTMLElement).style.setProperty("--up", "");
  }
  for (const { button, widget } of widgets) {
    const rect = button.getBoundingClientRect();
    let by = 0;
    // The same chat may be drawn over itself while one element replaces the other.
    const covers = ([other, up, another]: (typeof placed)[0]) =>
      another !== widget &&
      other.left < rect.right &&
      rect.left < other.right &&
      other.top - up < rect.bottom - by &&
      rect.top - by < other.bottom - up;
    for (let other; (other = placed.find(covers));) by = rect.bottom - other[0].top + other[1] + gap;
    placed.push([rect, by, widget]);
    // A zoomed page enlarges these sizes.
    const px = `${(by * button.offsetHeight) / (rect.height || 1)}px`;
    button.style.marginBottom = px;
    if (by) for (const each of widgets) (each.button.parentNode as HTMLElement).style.setProperty("--up", px);
  }
}

/** Inline in a container without a height, it takes the rest of the container's minimum height, or a default height. */
export function makeRoom(shadow: ShadowRoot, lifetime: AbortSignal): void {
  const host = shadow.host as HTMLElement;
  new ResizeObserver((_, observer) => {
    if (!host.offsetWidth || host.offsetHeight >= least) return;
    const outer = host.parentElement;
    const { paddingBottom = "", borderBottomWidth = "" } = outer ? getComputedStyle(outer) : {};
    const left = outer
      ? outer.getBoundingClientRect().bottom -
        parseFloat(paddingBottom) -
        parseFloat(borderBottomWidth) -
        host.getBoundingClientRect().top
      : 0;
    lifetime.addEventListener(
      "abort",
      applyStyles(shadow, `:host { min-height: ${left > 2 * least ? left : usual}px; }`),
    );
    observer.disconnect();
  }).observe(host);
}
