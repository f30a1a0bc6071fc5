import type { Emit } from "../emit.ts";

type Listener = (detail: object) => void;

/** Everybody who called `ChatPortal.on`, for all widgets of the page. */
export const listeners = new Map<string, Set<Listener>>();

/** Tells the page what happens: by an event of the element, and to its listeners. */
export function createEmit(element: HTMLElement, widget: string): Emit {
  return (name, detail) => {
    const all = { widget, ...detail };
    element.dispatchEvent(new CustomEvent(name, { detail: all }));
    // A page's own mistake must not stop the chat.
    listeners.get(name)?.forEach(listener => queueMicrotask(() => listener(all)));
  };
}
