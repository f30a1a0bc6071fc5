import type { Config, Look } from "../config.ts";
import { h, icon, redraw, set, applyStyles } from "../dom.ts";
import { chat, down } from "../icons.ts";
import css from "./launcher.css";
import type { Frame, Panel } from "../panel/panel.ts";
import { labels, languages, pickLanguage, type Strings } from "../strings.ts";
import { peekTab } from "../chat/tab.ts";

type Listener = (detail: object) => void;
type Page = { readonly url?: string; readonly title?: string; readonly [field: string]: unknown };

export const tag = "chat-portal-widget";

/** Where the chat takes the whole screen: a phone, upright or turned on its side. The style sheets say the same. */
export const phone = matchMedia("(max-width: 480px), (max-height: 480px) and (max-width: 960px)");

// Read at once: currentScript is gone as soon as the script has run. The panel and its language are fetched from the same place.
export const script = (document.currentScript ?? document.querySelector("script[data-widget]")) as HTMLScriptElement;

/** Everybody who called `ChatPortal.on`, for all widgets of the page. */
export const listeners = new Map<string, Set<Listener>>();

const warned: Record<string, boolean> = {};

// Whether the page has, or had, another widget.
let isShared = false;

/** What keeps the chat from working, and its cure: once, to whoever looks after the page. */
export function warn(sentence: string): void {
  warned[sentence] ??= !(console.warn(`[Chat Portal] ${sentence}`) as unknown);
}

/** The id may still come. */
export function expectId(hasOne: () => unknown): void {
  setTimeout(() => {
    if (!hasOne()) warn("No data-widget=\"WIDGET-ID\" on the element or the (not bundled) script tag.");
  }, 3000);
}

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
  const initial = { ...dataset };
  let look: Look = initial;
  let place = () => {};
  const isPlaced = new Promise<void>(resolve => { place = resolve; });
  let page: Page = {};
  // What was asked for last, and what is so.
  let wanted = false;
  let isOpen = false;
  let from: HTMLElement | null = null;
  let tries = 0;
  let known: Config | undefined;
  let isLoaded = false;

  /** The one request that is made before the visitor reaches for the chat. */
  const configure = lasting(async (): Promise<Config> => {
    // A task of its own, so that none is long; and whoever records where requests come from finds nothing above it to read.
    await new Promise(setTimeout as never);
    const response = await fetch(`${api}config`, { credentials: "omit", signal }).catch(error => {
      if (!signal.aborted) warn(`${portal} cannot be reached: check connect-src and wrappers of fetch.`);
      throw error;
    });
    const config = await response.json();
    if (response.ok) {
      look = { ...look, ...config.look };
      paint();
      offer(false);
      return known = config;
    }
    warn(`Widget ${widget}: ${config.title ?? config.code}`);
    // Switched off or not for this website: nobody should be offered a chat that will not answer.
    button.hidden ||= response.status < 500;
    emit("error", { code: config.code });
    throw new Error(config.code);
  });

  const load = lasting(async (): Promise<Panel> => {
    // Nothing can be laid out before.
    await isPlaced;
    tries++;
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
    if (config.look?.font !== "system" && isChosen) style.setProperty("--font", face);
    isLoaded = true;
    const frame: Frame = {
      shadow, box, api, key, inline: isInline, config, strings: { ...translation, ...config.texts?.strings } as Strings, language: spoken, life: signal,
      wishes: wishes(config.texts?.language), count: unread => mark(isOpen ? 0 : unread),
      page: () => ({ ...page, url: (page.url ?? location.href.split("#")[0]!).slice(0, 2000), title: (page.title ?? document.title).slice(0, 300) }),
      close, emit,
    };
    return createPanel(frame);
  });

  // A browser remembers that a module could not be had, so the next try asks for another address.
  const part = (name: string) => import(new URL(`chunks/${name}.${HASH}.js${tries > 1 ? `?${tries}` : ""}`, script.src).href);

  offer(!color);
  draw(false);
  paint();
  shadow.replaceChildren(box);
  const removeStyles = applyStyles(shadow, css);
  for (const intent of ["pointerenter", "focus", "touchstart"]) button.addEventListener(intent, () => load().catch(() => 0), { passive: true });
  // Before anybody on the page can stop it, and from within its components too.
  addEventListener("click", event => {
    const asked = event.composedPath().map(part => (part as HTMLElement).dataset?.["chatOpen"]).find(name => name !== undefined);
    // Without an id the page's first widget is meant.
    if (asked !== widget && (asked !== "" || (document.querySelector(tag) ?? element) !== element)) return;
    event.preventDefault();
    void open();
  }, { signal, capture: true });
  if (isInline) part("placing").then(({ makeRoom }) => makeRoom(shadow, signal), () => 0);
  configure().then(({ behaviour }) => {
    emit("ready", {});
    const { open: wasOpen, unread = 0, unseen } = peekTab(key);
    mark(isOpen ? 0 : unread);
    // What the visitor left open stays so, and what was still to come is fetched.
    const after = isInline || wasOpen ? 0 : behaviour?.openAfter;
    if (!wasOpen && unseen?.length! > unread) load().then(panel => panel.load()).catch(() => 0);
    // Once for each visitor, and never over the whole of a phone.
    if (after === 0 || after && !phone.matches && !isKnown()) setTimeout(() => { if (!signal.aborted && !wanted && (isInline || !element.hidden)) void open(false); }, after * 1000);
  }).catch(() => 0);

  return {
    open, close, toggle, send, reset, setPage, hide, show, _paint: paint,
    /** It stands in the page (again). */
    _placed(): void {
      place();
      if (isOpen) void load().then(panel => panel.restore());
      stack();
    },
    _end(): void {
      life.abort();
      removeStyles();
      stack();
    },
  };

  async function open(focus = true): Promise<void> {
    const active = document.activeElement as HTMLElement | null;
    if (!isOpen) from = active && active !== document.body && active !== element ? active : button;
    wanted = true;
    show();
    set(button, "aria-busy", "true");
    // The panel takes a moment to come: its outline answers at once.
    if (!isLoaded && !isInline) box.append(outline);
    try {
      const panel = await load();
      // The last call counts.
      if (!wanted || signal.aborted) return;
      panel.open(focus);
      if (!isOpen) emit("open", {});
      draw(true);
    } catch {
      // Nothing could be fetched; the next click tries again.
      wanted = false;
      mark("!");
      emit("error", { code: "network" });
    } finally {
      set(button, "aria-busy", null);
      // The panel fades in over it.
      setTimeout(() => outline.remove(), wanted ? 200 : 0);
    }
  }

  async function close(): Promise<void> {
    if (!wanted || isInline) return;
    wanted = false;
    set(button, "aria-busy", null);
    outline.remove();
    if (!isOpen) return;
    // Whoever is elsewhere on the page stays there.
    const back = shadow.activeElement && from;
    draw(false);
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

  /** Launchers of other widgets are not covered. */
  function stack(): void {
    if (isShared ||= !!document.querySelectorAll(tag)[1]) part("placing").then(({ stack }) => stack(), () => 0);
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
    return pickLanguage(languages, ...wishes(chosen), navigator.language);
  }

  /** The languages that the snippet, the client and the page name. */
  function wishes(chosen?: string | null): (string | null | undefined)[] {
    return [dataset["language"], chosen, document.documentElement.lang];
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
  function paint(): void {
    // What the page has set since then counts for more than what is published.
    const value = (name: keyof Look) => `${(dataset[name] === initial[name] ? look[name] : dataset[name]) ?? ""}`;
    for (const name of ["color", "on", "atLight", "atDark", "radius", "offsetX", "offsetY", "phoneOffsetX", "phoneOffsetY"] as const) box.style.setProperty(`--${name}`, value(name));
    for (const name of ["position", "size", "theme"] as const) set(box, `data-${name}`, value(name) || null);
    stack();
  }

  function offer(isUnknown: boolean): void {
    button.hidden = isUnknown || launcher === "none" || isInline;
    stack();
  }

  /** A sign on the launcher, for those who do not see it as well. */
  function mark(sign: string | number): void {
    const label = labels[language()] ?? "Chat";
    badge.textContent = `${sign || ""}`;
    set(button, "aria-label", sign ? `${label} (${sign})` : label);
  }

  function draw(open: boolean): void {
    isOpen = open;
    mark(0);
    set(button, "aria-expanded", `${open}`);
    redraw(button, open ? down : chat);
  }

  function emit(name: string, detail: object): void {
    const all = { widget, ...detail };
    element.dispatchEvent(new CustomEvent(name, { detail: all }));
    // A page's own mistake must not stop the chat.
    listeners.get(name)?.forEach(listener => queueMicrotask(() => listener(all)));
  }
}
