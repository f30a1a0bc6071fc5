// What only some pages need, and fetch: those with a second widget, and those that have it inline.
import { applyStyles } from "./dependencies.ts";

const gap = 12;
const least = 120;
const usual = 480;

/** Launchers that would cover each other stand one above the other, in the order of their elements; their chats open above all of them. */
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
    // One and the same may be drawn over itself, while the one takes the place of the other.
    const covers = ([other, up, another]: (typeof placed)[0]) =>
      another !== widget &&
      other.left < rect.right &&
      rect.left < other.right &&
      other.top - up < rect.bottom - by &&
      rect.top - by < other.bottom - up;
    for (let other; (other = placed.find(covers));) by = rect.bottom - other[0].top + other[1] + gap;
    placed.push([rect, by, widget]);
    // A zoomed page enlarges what is written here.
    const px = `${(by * button.offsetHeight) / (rect.height || 1)}px`;
    button.style.marginBottom = px;
    if (by) for (const each of widgets) (each.button.parentNode as HTMLElement).style.setProperty("--up", px);
  }
}

/** Inline in a container without a height of its own, it takes what the least height of that leaves, or a usual height. */
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
