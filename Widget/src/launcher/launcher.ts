import { isKnownVisitor } from "../chat/storage.ts";
import { peekTab } from "../chat/tab.ts";
import type { Config } from "../config.ts";
import { h, applyStyles } from "../dom.ts";
import { phone } from "../screen.ts";
import { labels } from "../strings.ts";
import { createButton } from "./button.ts";
import { createChunks } from "./chunks.ts";
import { fetchConfig } from "./configuration.ts";
import { createEmit } from "./events.ts";
import type { PanelChunk } from "./frame.ts";
import { spokenLanguage } from "./language.ts";
import css from "./launcher.css";
import { lazy } from "./lazy.ts";
import { createPainter } from "./look.ts";
import { listenToOpeners } from "./openers.ts";
import type { Page } from "./page.ts";
import { script, tag } from "./snippet.ts";
import { stackLaunchers } from "./stacking.ts";

export type Launcher = ReturnType<typeof createLauncher>;

/** The button, and what the page can call. The rest is fetched when the visitor first reaches for it. */
export function createLauncher(element: HTMLElement, shadow: ShadowRoot) {
  const { dataset } = element;
  const { widget = "", portal = new URL(script.src).origin, launcher } = dataset;
  const key = `${tag}:${widget}`;
  const api = `${portal.replace(/\/$/, "")}/api/widgets/${widget}/`;
  const isInline = "inline" in dataset;
  const lifetime = new AbortController();
  const { signal } = lifetime;
  const chunks = createChunks();
  const emit = createEmit(element, widget);
  const button = createButton(() => labels[spokenLanguage(dataset)] ?? "Chat", toggle);
  const launch = button._element;
  const box = h("div.w", launch);
  const outline = h("div.frame", h("div.head"));
  const applyLook = createPainter(box, dataset);
  let place = () => {};
  const isPlaced = new Promise<void>(resolve => {
    place = resolve;
  });
  let published: Config | undefined;
  let page: Page = {};
  // What was asked for last, and what is so.
  let wanted = false;
  let isOpen = false;
  let isLoaded = false;
  let focusedBefore: HTMLElement | null = null;

  const configure = lazy(async () => {
    published = await fetchConfig(portal, api, widget, signal, (code, status) => {
      // Switched off or not for this website: nobody should be offered a chat that will not answer.
      launch.hidden ||= status < 500;
      emit("error", { code });
    });
    applyLook(published.look);
    offer(false);
    return published;
  });

  const load = lazy(async () => {
    // Nothing can be laid out before.
    await isPlaced;
    chunks._try();
    // Where the config is still on its way, this is a guess that is nearly always right, and need not wait for it.
    chunks._load(spokenLanguage(dataset, published?.texts?.language)).catch(() => 0);
    const { createPanel }: PanelChunk = await chunks._load("panel");
    const panel = await createPanel({
      shadow,
      box,
      api,
      key,
      inline: isInline,
      lifetime: signal,
      dataset,
      configure,
      chunk: chunks._load,
      count: unread => button._mark(isOpen ? 0 : unread),
      page: () => page,
      close,
      emit,
    });
    isLoaded = true;
    return panel;
  });

  offer(!dataset["color"]);
  show(false);
  applyLook();
  shadow.replaceChildren(box);
  const removeStyles = applyStyles(shadow, css);
  for (const intent of ["pointerenter", "focus", "touchstart"])
    launch.addEventListener(intent, () => load().catch(() => 0), { passive: true });
  listenToOpeners(element, widget, open, signal);
  if (isInline)
    chunks._load("placing").then(
      ({ makeRoom }) => makeRoom(shadow, signal),
      () => 0,
    );
  configure()
    .then(begin)
    .catch(() => 0);

  return {
    open,
    close,
    toggle,
    hide,
    show: unhide,
    async send(text: string): Promise<boolean> {
      await open();
      return isOpen && (await load()).send(`${text}`);
    },
    async reset(): Promise<void> {
      (await load()).reset();
    },
    setPage(told: Page): void {
      page = told;
    },
    _paint(): void {
      applyLook();
      stack();
    },
    /** It stands in the page (again). */
    _placed(): void {
      place();
      if (isOpen) void load().then(panel => panel.restore());
      stack();
    },
    _end(): void {
      lifetime.abort();
      removeStyles();
      stack();
    },
  };

  function begin({ behavior }: Config): void {
    emit("ready", {});
    const { open: wasOpen, unread = 0, unseen } = peekTab(key);
    button._mark(isOpen ? 0 : unread);
    // What the visitor left open stays so, and what was still to come is fetched.
    const after = isInline || wasOpen ? 0 : behavior?.openAfter;
    if (!wasOpen && unseen?.length! > unread)
      load()
        .then(panel => panel.load())
        .catch(() => 0);
    // Once for each visitor, and never over the whole of a phone.
    if (after === 0 || (after && !phone.matches && !isKnownVisitor(key)))
      setTimeout(() => {
        if (!signal.aborted && !wanted && (isInline || !element.hidden)) void open(false);
      }, after * 1000);
  }

  async function open(focus = true): Promise<void> {
    const active = document.activeElement as HTMLElement | null;
    if (!isOpen) focusedBefore = active && active !== document.body && active !== element ? active : launch;
    wanted = true;
    unhide();
    button._setBusy(true);
    // The panel takes a moment to come: its outline answers at once.
    if (!isLoaded && !isInline) box.append(outline);
    try {
      const panel = await load();
      // The last call counts.
      if (!wanted || signal.aborted) return;
      panel.open(focus);
      if (!isOpen) emit("open", {});
      show(true);
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
    show(false);
    (await load()).close();
    back?.focus({ preventScroll: true });
    emit("close", {});
  }

  function toggle(): Promise<void> {
    return wanted ? close() : open();
  }

  function show(open: boolean): void {
    isOpen = open;
    button._show(open);
  }

  /** Takes launcher and chat off the page, until it is shown or opened. */
  async function hide(): Promise<void> {
    await close();
    element.hidden = true;
    stack();
  }

  function unhide(): void {
    element.hidden = false;
    stack();
  }

  function offer(isUnknown: boolean): void {
    launch.hidden = isUnknown || launcher === "none" || isInline;
    stack();
  }

  function stack(): void {
    stackLaunchers(chunks);
  }
}
