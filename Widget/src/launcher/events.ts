import type { Emit } from "../emit.ts";

type Listener = (detail: object) => void;

/** All listeners of `ChatPortal.on`, for all widgets of the page. */
export const listeners = new Map<string, Set<Listener>>();

/** Notifies the page: by a DOM event of the element, and its listeners. */
export function createEmit(element: HTMLElement, widget: string): Emit {
  return (name, detail) => {
    const all = { widget, ...detail };
    element.dispatchEvent(new CustomEvent(name, { detail: all }));
    // An error in the page's listener must not stop the chat.
    listeners.get(name)?.forEach(listener => queueMicrotask(() => listener(all)));
  };
}
