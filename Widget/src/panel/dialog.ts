import { cross, down } from "../icons.ts";
import { h, phone, redraw, set } from "../launcher/dependencies.ts";
import type { Context } from "./context.ts";
import { keepFocusWithin } from "./focus.ts";
import type { Menu } from "./menu.ts";
import { closeNeighbors, leaveBody } from "./neighbors.ts";
import { fit } from "./viewport.ts";

/** The whole panel. Inline it is a region of the page, elsewhere a dialog. */
export function createDialog(context: Context, menu: Menu, closeButton: Element, parts: readonly HTMLElement[]) {
  const { shadow, inline, name, strings, lifetime, close: requestClose } = context;
  const dialog = h(
    inline ? "section.panel" : "dialog.panel",
    { "aria-label": name || strings.$log, tabindex: -1 },
    ...parts,
  ) as HTMLDialogElement;
  let isOpen = false;
  // Whether it takes the whole of a small screen.
  let isWhole: boolean | undefined;
  let undoFit: (() => void) | undefined;

  // A phone's back gesture closes the chat, and does not leave the page.
  dialog.oncancel = event => {
    event.preventDefault();
    requestClose();
  };
  dialog.onkeydown = onKey;
  // Keys that are typed here are not for the page's shortcuts, which cannot see that they come from a field.
  for (const name of ["keydown", "keypress", "keyup"])
    dialog.addEventListener(name, event => {
      if ("placeholder" in event.target!) event.stopPropagation();
    });
  addEventListener("resize", arrange, { signal: lifetime });
  lifetime.addEventListener("abort", letGo);
  // If the page hides it while it is open, the page must not stay locked.
  new ResizeObserver(() => {
    if (!isOpen || inline) return;
    if (dialog.getClientRects().length) return arrange();
    letGo();
    dialog.close();
  }).observe(dialog);

  return { element: dialog, isOpen: () => isOpen, open, close, moved };

  function open(): void {
    leaveBody(context);
    if (!inline) closeNeighbors(context);
    isOpen = true;
    arrange();
  }

  function close(): void {
    isOpen = false;
    letGo();
    menu.show(false);
    dialog.close();
  }

  /** The page has moved it, which makes the browser forget that it is modal. */
  function moved(): void {
    if (inline) return;
    dialog.close();
    arrange();
  }

  /** On a small screen it is a modal dialog, so that nothing behind it can be reached; beside the page it is not. */
  function arrange(): void {
    const before = shadow.activeElement as HTMLElement | null;
    const isSmall = !inline && phone.matches;
    if (!isOpen || (dialog.hasAttribute("open") && isSmall === isWhole)) return;
    letGo();
    isWhole = isSmall;
    if (!inline) dialog.close();
    redraw(closeButton, isSmall ? cross : down);
    if (isSmall) dialog.showModal();
    else set(dialog, "open", true);
    if (!inline) undoFit = fit(dialog, isSmall);
    before?.focus();
  }

  function letGo(): void {
    undoFit?.();
    undoFit = undefined;
  }

  function onKey(event: KeyboardEvent): void {
    if (event.key === "Tab" && isWhole) return keepFocusWithin(dialog, shadow.activeElement, event);
    if (event.key !== "Escape" || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    if (!menu.isOpen()) return requestClose();
    menu.show(false);
    menu.button.focus();
  }
}
