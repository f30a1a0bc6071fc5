import { ChatWidget } from "./launcher/element.ts";
import { expectId, script, tag, warn } from "./launcher/snippet.ts";

type Call = readonly [name: string, ...values: unknown[]];

// The browser has parsed the whole page: elements that are added now come after everything that the server sent, where frameworks that
// hydrate the server's HTML do not look.
const parsed = new Promise<unknown>(resolve => {
  if (document.readyState === "loading") document.addEventListener("readystatechange", resolve, { once: true });
  else resolve(0);
});

if (script) {
  // A second snippet on the page finds the element and the global defined, and only adds its widget.
  if (!customElements.get(tag)) customElements.define(tag, ChatWidget);
  const shared = customElements.get(tag) as unknown as typeof ChatWidget;
  if (shared.added) {
    add(script, shared);
    expose(shared);
  } else warn(`<${tag}> is taken by another script: rename that.`);
}
if (!script?.dataset["widget"]) expectId(() => document.querySelector(tag));

function add({ dataset, src }: HTMLScriptElement, { added }: typeof ChatWidget): void {
  const id = dataset["widget"];
  const find = () => document.querySelector(`${tag}[data-widget="${id}"]`);
  if (!id || added.has(id) || find()) return;
  const element = document.createElement(tag) as ChatWidget;
  added.set(id, element);
  Object.assign(element.dataset, { portal: new URL(src).origin }, dataset);
  // Requests the config while the page is still being parsed.
  element.start();
  void parsed.then(() => {
    if (added.get(id) !== element) return;
    if (find()) element.destroy();
    else document.body.append(element);
  });
}

/** `window.ChatPortal`: the first widget of the page. Each `<chat-portal-widget>` has the same methods. */
function expose({ listeners, added }: typeof ChatWidget): void {
  const page = globalThis as unknown as { ChatPortal?: unknown };
  // An element with this id is found there as well, and gives way.
  const waiting = Object.hasOwn(page, "ChatPortal") ? page.ChatPortal : [];
  if (!Array.isArray(waiting)) return;

  const first = () => document.querySelector(tag) as ChatWidget | null;
  const api: Record<string, (...values: never[]) => unknown> = {
    on: (name: string, listener: (detail: object) => void) =>
      void listeners.set(name, (listeners.get(name) ?? new Set()).add(listener)),
    off: (name: string, listener: (detail: object) => void) => listeners.get(name)?.delete(listener),
    destroy() {
      for (const element of [...document.querySelectorAll<ChatWidget>(tag), ...added.values()]) element.destroy();
      listeners.clear();
      delete page.ChatPortal;
    },
    /** The API of the stub: `ChatPortal.push(["open"])` works before and after loading. */
    push: ([name, ...values]: Call) => api[name]?.(...(values as never[])),
  };
  for (const name of ["open", "close", "toggle", "send", "reset", "setPage", "hide", "show"] as const) {
    api[name] = async (...values: never[]) => {
      await parsed;
      return (first()?.[name] as (...values: never[]) => unknown)?.(...values);
    };
  }
  page.ChatPortal = api;
  for (const call of waiting as Call[]) api["push"]!(call as never);
}
