import { ChatWidget, home, listeners } from "./element.ts";

type Call = readonly [name: string, ...values: unknown[]];

// Read at once: currentScript is gone as soon as this script has run.
const script = (document.currentScript ?? document.querySelector("script[data-widget]")) as HTMLScriptElement | null;
const tag = "chat-widget";

if (script) {
  home.url = script.src;
  // A second snippet on the page finds the element defined and the global in place, and only adds its widget.
  if (!customElements.get(tag)) customElements.define(tag, ChatWidget);
  add(script);
  expose();
}

function add({ dataset, src }: HTMLScriptElement): void {
  const id = dataset["widget"];
  if (!id || [...document.querySelectorAll<HTMLElement>(tag)].some(known => known.dataset["widget"] === id)) return;
  const element = document.createElement(tag);
  Object.assign(element.dataset, { portal: new URL(src).origin }, dataset);
  // Beside the body, not in it: pages that replace their body keep their chat.
  document.documentElement.append(element);
}

/** `window.ChatWidget`: the first widget of the page. Each `<chat-widget>` has the same methods of its own. */
function expose(): void {
  const page = globalThis as unknown as { ChatWidget?: unknown };
  const waiting = page.ChatWidget;
  if (waiting && !Array.isArray(waiting)) return;

  const first = () => document.querySelector(tag) as ChatWidget | null;
  const api: Record<string, (...values: never[]) => unknown> = {
    on: (name: string, listener: (detail: object) => void) => void listeners.set(name, (listeners.get(name) ?? new Set()).add(listener)),
    off: (name: string, listener: (detail: object) => void) => listeners.get(name)?.delete(listener),
    destroy() {
      document.querySelectorAll(tag).forEach(element => element.remove());
      listeners.clear();
      delete page.ChatWidget;
    },
    /** The stub's way in: `ChatWidget.push(["open"])` works before and after loading. */
    push: ([name, ...values]: Call) => api[name]?.(...values as never[]),
  };
  for (const name of ["open", "close", "toggle", "send", "reset", "setPage"] as const) {
    api[name] = (...values: never[]) => (first()?.[name] as (...values: never[]) => unknown)?.apply(first(), values);
  }
  page.ChatWidget = api;
  for (const call of (waiting as Call[] | undefined) ?? []) api["push"]!(call as never);
}
