// The events that pages listen to in order to keep focus, scrolling or text to themselves. Nothing in the chat listens to any of these.
const names = [
  "focus",
  "blur",
  "focusin",
  "focusout",
  "mousedown",
  "touchstart",
  "touchmove",
  "wheel",
  "selectstart",
  "copy",
  "cut",
  "paste",
  "contextmenu",
  "dragstart",
];

/**
 * Keeps the chat's events from the page, as if it were a frame: they end at the window, before the page's listeners. `focused` is called
 * with the element of the chat that has the focus, or null when the focus is elsewhere.
 */
export function shield(shadow: ShadowRoot, signal: AbortSignal, focused: (target: HTMLElement | null) => void): void {
  // When the focus moves within the chat, the window does not notice.
  shadow.addEventListener("focusin", event => focused(event.target as HTMLElement));
  for (const name of names) {
    addEventListener(
      name,
      event => {
        const path = event.composedPath();
        const isOurs = path.includes(shadow);
        if (name === "focusin") focused(isOurs ? (path[0] as HTMLElement) : null);
        if (isOurs) event.stopImmediatePropagation();
      },
      { signal, capture: true, passive: true },
    );
  }
}
