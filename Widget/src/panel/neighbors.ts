import { added, phone } from "../launcher/dependencies.ts";
import type { ChatWidget } from "../launcher/element.ts";
import type { Context } from "./context.ts";

const isLeft = (widget: Element) => Boolean(widget.shadowRoot?.querySelector("[data-position=left]"));

/**
 * Moves the element out of the body, where the page's dialogs and effects would reach it. Not before it opens: the page's framework may
 * still hydrate the body.
 */
export function leaveBody({ shadow }: Context): void {
  const { activeElement } = shadow;
  // All of them, so that their order is kept.
  if (document.readyState === "complete")
    for (const widget of added.values())
      if (widget.parentNode === document.body) document.documentElement.append(widget);
  (activeElement as HTMLElement | null)?.focus({ preventScroll: true });
}

/** Closes other chats that would be in the same place. */
export function closeNeighbors({ shadow, dataset }: Context): void {
  for (const other of document.querySelectorAll<ChatWidget>("chat-portal-widget:not([data-inline])")) {
    if (other.dataset["widget"] !== dataset["widget"] && (phone.matches || isLeft(other) === isLeft(shadow.host)))
      void other.close?.();
  }
}
