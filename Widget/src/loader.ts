import { ChatWidget } from "./element.ts";
import { script, tag } from "./launcher.ts";

type Call = readonly [name: string, ...values: unknown[]];

if (script) {
  // A second snippet on the page finds the element defined and the global in place, and only adds its widget.
  if (!customElements.get(tag)) customElements.define(tag, ChatWidget);
  add(script);
  expose();
}

function add({ dataset, src }: HTMLScriptElement): void {
  const id = dataset["widget"];
  if (!id || document.querySelector(`${tag}[data-widget="${id}"]`)) return;
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
  // The element may be that of an earlier run of this script, and tells those whom that one knows.
  const { listeners } = customElements.get(tag) as unknown as typeof ChatWidget;
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
    api[name] = (...values: never[]) => (first()?.[name] as (...values: never[]) => unknown)?.(...values);
  }
  page.ChatWidget = api;
  for (const call of (waiting as Call[] | undefined) ?? []) api["push"]!(call as never);
}
