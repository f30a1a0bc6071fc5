import { h } from "../dom.ts";
import type { Emit } from "../emit.ts";
import type { Button } from "./button.ts";
import type { Panel } from "./frame.ts";

/** Whether the chat stands open, and what the page may have it do. `stack`: the widget has come to the page, or gone from it. */
export function createOpening(
  element: HTMLElement,
  shadow: ShadowRoot,
  button: Button,
  load: () => Promise<Panel>,
  stack: () => void,
  emit: Emit,
  lifetime: AbortSignal,
) {
  const { _element: launch } = button;
  const outline = h("div.frame", h("div.head"));
  const isInline = "inline" in element.dataset;
  // What was asked for last, and what is so.
  let wanted = false;
  let isOpen = false;
  let focusedBefore: HTMLElement | null = null;

  return { open, close, toggle, hide, show, send, reset, _openUnasked: openUnasked, _restore: restore };

  async function open(focus = true): Promise<void> {
    const active = document.activeElement as HTMLElement | null;
    if (!isOpen) focusedBefore = active && active !== document.body && active !== element ? active : launch;
    wanted = true;
    show();
    button._setBusy(true);
    // The panel takes a moment to come: its outline answers at once, in its place.
    if (!launch.nextSibling && !isInline) launch.after(outline);
    try {
      const panel = await load();
      // The last call counts.
      if (!wanted || lifetime.aborted) return;
      panel.open(focus);
      if (!isOpen) emit("open", {});
      button._show((isOpen = true));
    } catch {
      // Nothing could be fetched; the next click tries again.
      wanted = false;
      button._mark("!");
      emit("error", { code: "network" });
    } finally {
      button._setBusy(false);
      // The panel fades in over it.
      setTimeout(() => outline.remove(), wanted ? 200 : 0);
    }
  }

  async function close(): Promise<void> {
    if (!wanted || isInline) return;
    wanted = false;
    button._setBusy(false);
    outline.remove();
    if (!isOpen) return;
    // Whoever is elsewhere on the page stays there.
    const back = shadow.activeElement && focusedBefore;
    button._show((isOpen = false));
    (await load()).close();
    back?.focus({ preventScroll: true });
    emit("close", {});
  }

  function toggle(): Promise<void> {
    return wanted ? close() : open();
  }

  /** Takes launcher and chat off the page, until it is shown or opened. */
  async function hide(): Promise<void> {
    await close();
    element.hidden = true;
    stack();
  }

  function show(): void {
    element.hidden = false;
    stack();
  }

  async function send(text: string): Promise<boolean> {
    await open();
    return isOpen && (await load()).send(`${text}`);
  }

  async function reset(): Promise<void> {
    (await load()).reset();
  }

  /** By the client's wish, as long as the visitor has not decided. */
  function openUnasked(): void {
    if (!lifetime.aborted && !wanted && (isInline || !element.hidden)) void open(false);
  }

  /** The page has moved it. */
  function restore(): void {
    if (isOpen) void load().then(panel => panel.restore());
  }
}
