import type { Config, Look } from "./config.ts";
import { h, icon, redraw, set, sheet } from "./dom.ts";
import { chat, down } from "./icons.ts";
import css from "./launcher.css";
import type { Frame, Panel } from "./panel.ts";
import { labels, languages, pickLanguage, type Strings } from "./strings.ts";

type Listener = (detail: object) => void;
type Page = { readonly url?: string; readonly title?: string; readonly [field: string]: unknown };

export const tag = "chat-widget";

// Read at once: currentScript is gone as soon as the script has run. The panel and its language are fetched from the same place.
export const script = (document.currentScript ?? document.querySelector("script[data-widget]")) as HTMLScriptElement;

/** Everybody who called `ChatWidget.on`, for all widgets of the page. */
export const listeners = new Map<string, Set<Listener>>();

export type Launcher = ReturnType<typeof createLauncher>;

/** The button, and what the page can call. The rest is fetched when the visitor first reaches for it. */
export function createLauncher(element: HTMLElement, shadow: ShadowRoot) {
  const { dataset } = element;
  const { widget = "", portal = new URL(script.src).origin, color, launcher } = dataset;
  const key = `${tag}:${widget}`;
  const api = `${portal.replace(/\/$/, "")}/api/widgets/${widget}/`;
  const isInline = "inline" in dataset;
  const life = new AbortController();
  const { signal } = life;
  const badge = h("span.unread");
  const button = h("button.launch", { click: toggle }, icon(chat), badge);
  const box = h("div.w", button);
  const outline = h("div.frame", h("div.head"));
  let page: Page = {};
  let isOpen = false;
  let unread = 0;
  let from: HTMLElement | null = null;
  let tries = 0;
  let known: Config | undefined;
  let isLoaded = false;

  /** The one request that is made before the visitor reaches for the chat. */
  const configure = lasting(async (): Promise<Config> => {
    // A task of its own, so that none is long; and whoever records where requests come from finds nothing above it to read.
    await new Promise(setTimeout as never);
    const response = await fetch(`${api}config`, { credentials: "omit", signal });
    const config = await response.json();
    if (response.ok) {
      paint(config.look ?? {});
      hide(false);
      return known = config;
    }
    // Switched off or not for this website: nobody should be offered a chat that will not answer.
    button.hidden ||= response.status < 500;
    emit("error", { code: config.code });
    throw new Error(config.code);
  });

  const load = lasting(async (): Promise<Panel> => {
    // A browser remembers that a module could not be had, so the next try asks for another address.
    const suffix = tries++ ? `?${tries}` : "";
    const part = (name: string) => import(new URL(`chunks/${name}.${HASH}.js${suffix}`, script.src).href);
    // Where the config is still on its way, this is a guess that is nearly always right, and need not wait for it.
    part(language(known?.texts?.language)).catch(() => 0);
    // The page's own face, unless it never chose one: then it has the browser's, whatever that is called.
    const { style } = box;
    const face = getComputedStyle(document.body).fontFamily;
    style.fontFamily = "initial";
    const isChosen = getComputedStyle(box).fontFamily !== face;
    style.fontFamily = "";
    const [{ createPanel }, [config, spoken, translation]] = await Promise.all([part("panel"), configure().then(async config => {
      const spoken = language(config.texts?.language);
      return [config, spoken, (await part(spoken)).default] as const;
    })]);
    signal.throwIfAborted();
    set(box, "lang", spoken);
    set(box, "dir", spoken === "ar" ? "rtl" : "ltr");
    if (config.look?.font !== "system" && isChosen) style.setProperty("--font", face);
    isLoaded = true;
    const frame: Frame = {
      shadow, box, api, key, inline: isInline, config, strings: { ...translation, ...config.texts?.strings } as Strings, language: spoken, life: signal,
      page: () => ({ ...page, url: (page.url ?? location.href.split("#")[0]!).slice(0, 2000), title: (page.title ?? document.title).slice(0, 300) }),
      close, emit,
    };
    return createPanel(frame);
  });

  hide(!color);
  show(false);
  paint(dataset);
  shadow.adoptedStyleSheets = [sheet(css)];
  shadow.replaceChildren(box);
  for (const intent of ["pointerenter", "focus", "touchstart"]) button.addEventListener(intent, () => load().catch(() => 0), { passive: true });
  document.addEventListener("click", event => {
    const asked = (event.target as Element).closest?.<HTMLElement>("[data-chat-open]")?.dataset["chatOpen"];
    // Without an id the page's first widget is meant.
    if (asked !== widget && (asked !== "" || document.querySelector(tag) !== element)) return;
    event.preventDefault();
    void open();
  }, { signal });
  configure().then(({ behaviour }) => {
    emit("ready", {});
    const after = isInline ? 0 : behaviour?.openAfter;
    // Once for each visitor, and never over the whole of a phone.
    if (after === 0 || after && innerWidth > 480 && !isKnown()) setTimeout(() => { if (!signal.aborted && !isOpen) void open(false); }, after * 1000);
  }).catch(() => 0);

  return { open, close, toggle, send, reset, setPage, end: () => life.abort() };

  async function open(focus = true): Promise<void> {
    const active = document.activeElement as HTMLElement | null;
    if (!isOpen) from = active && active !== document.body && active !== element ? active : button;
    set(button, "aria-busy", "true");
    // The panel takes a moment to come: its outline answers at once.
    if (!isLoaded && !isInline) box.append(outline);
    try {
      const panel = await load();
      if (signal.aborted) return;
      panel.open(focus);
      if (!isOpen) emit("open", {});
      show(true);
    } catch {
      // Nothing could be fetched; the next click tries again.
      mark("!");
      emit("error", { code: "network" });
    }
    set(button, "aria-busy", null);
    // The panel fades in over it.
    setTimeout(() => outline.remove(), 200);
  }

  async function close(): Promise<void> {
    if (!isOpen || isInline) return;
    // Whoever is elsewhere on the page stays there.
    const back = shadow.activeElement && from;
    show(false);
    (await load()).close();
    back?.focus({ preventScroll: true });
    emit("close", {});
  }

  function toggle(): Promise<void> {
    return isOpen ? close() : open();
  }

  async function send(text: string): Promise<boolean> {
    await open();
    return isOpen && (await load()).send(`${text}`);
  }

  async function reset(): Promise<void> {
    (await load()).reset();
  }

  /** What the bot should know about where the visitor is: address and title when the page's own do not say it, and any fields of the page's. */
  function setPage(told: Page): void {
    page = told;
  }

  /** Whether this visitor has used the chat, or closed it, before. */
  function isKnown(): boolean | undefined {
    try {
      return key in localStorage;
    } catch {
      // Nobody is known where storage is forbidden.
    }
  }

  function language(chosen?: string | null): string {
    return pickLanguage(languages, dataset["language"], chosen, document.documentElement.lang, navigator.language);
  }

  /** Keeps what it gets. A failure is not kept: the next call tries again. */
  function lasting<T>(read: () => Promise<T>): () => Promise<T> {
    let kept: Promise<T> | null = null;
    return () => kept ??= read().catch(error => {
      kept = null;
      throw error;
    });
  }

  /** The snippet's attributes have the names of the published look, so that the launcher is right before that has arrived. */
  function paint(look: Look): void {
    for (const name of ["color", "on", "atLight", "atDark", "radius", "offsetX", "offsetY"] as const) {
      const value = `${look[name] ?? ""}`;
      // Nothing is styled again for what was known.
      if (value && box.style.getPropertyValue(`--${name}`) !== value) box.style.setProperty(`--${name}`, value);
    }
    for (const name of ["position", "size", "theme"] as const) set(box, `data-${name}`, look[name]);
  }

  function hide(isUnknown: boolean): void {
    button.hidden = isUnknown || launcher === "none" || isInline;
  }

  /** A sign on the launcher, for those who do not see it as well. */
  function mark(sign: string | number): void {
    const label = labels[language()] ?? "Chat";
    badge.textContent = `${sign || ""}`;
    set(button, "aria-label", sign ? `${label} (${sign})` : label);
  }

  function show(open: boolean): void {
    isOpen = open;
    mark(unread = 0);
    set(button, "aria-expanded", `${open}`);
    redraw(button, open ? down : chat);
  }

  function emit(name: string, detail: object): void {
    const all = { widget, ...detail };
    if (name === "answer" && !isOpen) mark(++unread);
    element.dispatchEvent(new CustomEvent(name, { detail: all }));
    // A page's own mistake must not stop the chat.
    listeners.get(name)?.forEach(listener => queueMicrotask(() => listener(all)));
  }
}
