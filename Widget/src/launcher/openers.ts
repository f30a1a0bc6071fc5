import { tag } from "./snippet.ts";

/** An element with `data-chat-open` opens the widget whose id it names; without an id the page's first. */
export function listenToOpeners(element: HTMLElement, widget: string, open: () => void, signal: AbortSignal): void {
  // In the capture phase, before the page can stop it, and from within web components too.
  addEventListener(
    "click",
    event => {
      const asked = event
        .composedPath()
        .map(part => (part as HTMLElement).dataset?.["chatOpen"])
        .find(name => name !== undefined);
      if (asked !== widget && (asked !== "" || (document.querySelector(tag) ?? element) !== element)) return;
      event.preventDefault();
      open();
    },
    { signal, capture: true },
  );
}
