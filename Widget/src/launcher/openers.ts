import { tag } from "./snippet.ts";

/** What the page marks with `data-chat-open` opens the widget whose id it names; without an id the page's first is meant. */
export function listenToOpeners(element: HTMLElement, widget: string, open: () => void, signal: AbortSignal): void {
  // Before anybody on the page can stop it, and from within its components too.
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
