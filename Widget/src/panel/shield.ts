// What a page listens to in order to keep the focus, its scrolling or its text to itself. Nothing in the chat listens to any of these.
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
 * What happens within the chat is no business of the page, as if it were a frame: the events end at the window, before anybody on the
 * page hears them. `focused` is told what in the chat has got the focus, or null when it is elsewhere.
 */
export function shield(shadow: ShadowRoot, signal: AbortSignal, focused: (target: HTMLElement | null) => void): void {
  // From one part of the chat to another the focus goes without the window's knowledge.
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
