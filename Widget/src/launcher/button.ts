import { h, icon, redraw, set } from "../dom.ts";
import { chat, down } from "../icons.ts";

export type Button = ReturnType<typeof createButton>;

/** The button in the corner of the page. Its `label` may change with the language. */
export function createButton(label: () => string, toggle: () => void) {
  const badge = h("span.unread");
  const button = h("button.launch", { click: toggle }, icon(chat), badge);

  return { _element: button, _mark: mark, _show: show, _setBusy: setBusy };

  /** A badge on it, with a text for screen readers. */
  function mark(sign: string | number): void {
    badge.textContent = `${sign || ""}`;
    set(button, "aria-label", label() + (sign ? ` (${sign})` : ""));
  }

  function show(open: boolean): void {
    mark(0);
    set(button, "aria-expanded", `${open}`);
    redraw(button, open ? down : chat);
  }

  function setBusy(isBusy: boolean): void {
    set(button, "aria-busy", isBusy && "true");
  }
}
