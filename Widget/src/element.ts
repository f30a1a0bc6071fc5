import type { Config, Look } from "./config.ts";
import { h, icon, set, sheet } from "./dom.ts";
import { chat, down } from "./icons.ts";
import css from "./launcher.css";
import type { Frame, Panel } from "./panel.ts";
import { fill, labels, languages, pickLanguage, type Strings } from "./strings.ts";

type Listener = (detail: object) => void;

/** Where the bundle came from; the panel and its language are fetched from the same place. */
export const home = { url: "" };

/** Everybody who called `ChatWidget.on`, for all widgets of the page. */
export const listeners = new Map<string, Set<Listener>>();

const night = matchMedia("(prefers-color-scheme: dark)");

/** What the panel takes over from the launcher. */
const kit = { h, set, icon, sheet, fill, chat, down };
export type Kit = typeof kit;

/** `<chat-widget data-widget="…">`: the launcher. The rest is fetched when the visitor first reaches for it. */
export class ChatWidget extends HTMLElement {
  static readonly kit = kit;

  readonly #root = this.attachShadow({ mode: "open" });
  #life!: AbortController;
  #theme: Look["theme"];
  #launcher!: HTMLButtonElement;
  #box!: HTMLElement;
  #badge!: HTMLElement;
  #config: Promise<Config> | null = null;
  #panel: Promise<Panel> | null = null;
  #page: { url?: string; title?: string } = {};
  #open = false;
  #from: HTMLElement | null = null;

  connectedCallback(): void {
    this.#life = new AbortController();
    const { signal } = this.#life;
    const { color, launcher } = this.dataset;
    this.#launcher = h("button", { class: "launch", "aria-label": labels[this.#language()] ?? "Chat", "aria-expanded": "false", click: () => this.toggle() }, icon(chat), this.#badge = h("span", { class: "unread" }));
    this.#launcher.hidden = !color || launcher === "none" || this.#inline;
    this.#box = h("div", { class: "w" }, this.#launcher);
    this.#root.adoptedStyleSheets = [sheet(css)];
    this.#root.replaceChildren(this.#box);
    this.#paint(this.dataset);
    for (const intent of ["pointerenter", "focus", "touchstart"]) {
      this.#launcher.addEventListener(intent, () => this.#load().catch(() => 0), { passive: true });
    }
    night.addEventListener("change", () => this.#dress(), { signal });
    document.addEventListener("click", event => {
      const asked = (event.target as Element).closest?.("[data-chat-open]");
      if (!asked || ![this.#id, ""].includes(asked.getAttribute("data-chat-open")!)) return;
      event.preventDefault();
      void this.open();
    }, { signal });
    this.#configure().then(({ behaviour }) => {
      this.#emit("ready", {});
      const after = this.#inline ? 0 : behaviour?.openAfter;
      // Once for each visitor, and never over the whole of a phone.
      if (after === 0 || after && innerWidth > 480 && !this.#known()) setTimeout(() => { if (!signal.aborted && !this.#open) void this.open(false); }, after * 1000);
    }).catch(() => 0);
  }

  disconnectedCallback(): void {
    this.#life.abort();
    this.#config = this.#panel = null;
    this.#open = false;
  }

  async open(focus = true): Promise<void> {
    const { signal } = this.#life;
    const active = document.activeElement as HTMLElement | null;
    if (!this.#open) this.#from = active && active !== document.body && active !== this ? active : this.#launcher;
    set(this.#launcher, "aria-busy", "true");
    try {
      const panel = await this.#load();
      if (signal.aborted) return;
      panel.open(focus);
      if (!this.#open) this.#emit("open", {});
      this.#show(true);
    } catch {
      // Nothing could be fetched; the next click tries again.
      this.#badge.textContent = "!";
      this.#emit("error", { code: "network" });
    }
    set(this.#launcher, "aria-busy", null);
  }

  async close(): Promise<void> {
    if (!this.#open || this.#inline) return;
    this.#show(false);
    (await this.#panel)!.close();
    this.#from?.focus({ preventScroll: true });
    this.#emit("close", {});
  }

  toggle(): Promise<void> {
    return this.#open ? this.close() : this.open();
  }

  async send(text: string): Promise<boolean> {
    await this.open();
    return (await this.#panel)?.send(`${text}`) ?? false;
  }

  async reset(): Promise<void> {
    (await this.#load()).reset();
  }

  /** What the bot should know about where the visitor is, when the address and title of the page do not say it. */
  setPage(page: { url?: string; title?: string }): void {
    this.#page = page;
  }

  get #id(): string {
    return this.dataset["widget"] ?? "";
  }

  get #inline(): boolean {
    return "inline" in this.dataset;
  }

  get #key(): string {
    return `chat-widget:${this.#id}`;
  }

  /** Whether this visitor has used the chat, or closed it, before. */
  #known(): boolean {
    try {
      return this.#key in localStorage;
    } catch {
      return false;
    }
  }

  get #api(): string {
    return `${(this.dataset["portal"] ?? new URL(home.url).origin).replace(/\/$/, "")}/api/widgets/${encodeURIComponent(this.#id)}/`;
  }

  #language(chosen?: string | null): string {
    return pickLanguage(languages, this.dataset["language"], chosen, document.documentElement.lang, navigator.language);
  }

  /** The one request that is made before the visitor reaches for the chat. */
  #configure(): Promise<Config> {
    const { signal } = this.#life;
    const read = async (): Promise<Config> => {
      // A task of its own, so that none is long; and whoever records where requests come from finds nothing above it to read.
      await new Promise(setTimeout as never);
      const response = await fetch(`${this.#api}config`, { credentials: "omit", signal });
      const config = await response.json();
      if (response.ok) {
        this.#paint(config.look ?? {});
        this.#launcher.hidden = this.dataset["launcher"] === "none" || this.#inline;
        return config;
      }
      // Switched off or not for this website: nobody should be offered a chat that will not answer.
      this.#launcher.hidden ||= response.status < 500;
      this.#emit("error", { code: config.code });
      throw new Error(config.code);
    };
    return this.#config ??= read().catch(error => {
      if (!signal.aborted) this.#config = null;
      throw error;
    });
  }

  #load(): Promise<Panel> {
    const { signal } = this.#life;
    const part = (name: string) => import(new URL(`chunks/${name}.${HASH}.js`, home.url).href);
    const read = async (): Promise<Panel> => {
      const configured = this.#configure();
      const speak = async () => {
        const language = this.#language((await configured).texts?.language);
        return { language, strings: { ...(await part(language)).default, ...(await configured).texts?.strings } as Strings };
      };
      const [config, { createPanel }, { language, strings }] = await Promise.all([configured, part("panel"), speak()]);
      signal.throwIfAborted();
      set(this.#box, "lang", language);
      set(this.#box, "dir", language === "ar" ? "rtl" : "ltr");
      // The page's own face, unless it never chose one.
      const face = getComputedStyle(document.body).fontFamily;
      if (config.look?.font !== "system" && !/^"?times/i.test(face)) this.#box.style.setProperty("--font", face);
      const frame: Frame = {
        root: this.#root, box: this.#box, api: this.#api, key: this.#key, inline: this.#inline, config, strings, language, life: signal,
        page: () => ({ url: (this.#page.url ?? location.href.split("#")[0]!).slice(0, 2000), title: (this.#page.title ?? document.title).slice(0, 300) }),
        close: () => void this.close(), unread: count => { this.#badge.textContent = count ? `${count}` : ""; }, emit: (name, detail) => this.#emit(name, detail),
      };
      return createPanel(frame);
    };
    return this.#panel ??= read().catch(error => {
      if (!signal.aborted) this.#panel = null;
      throw error;
    });
  }

  /** The snippet's attributes have the names of the published look, so that the launcher is right before that has arrived. */
  #paint(look: Look): void {
    this.#theme = look.theme;
    this.#dress();
    for (const name of ["color", "on", "atLight", "atDark", "radius", "offsetX", "offsetY"] as const) if (look[name] != null) this.#box.style.setProperty(`--${name}`, look[name] as string);
    for (const name of ["position", "size"] as const) set(this.#box, `data-${name}`, look[name]);
  }

  #dress(): void {
    set(this.#box, "data-theme", this.#theme === "light" || this.#theme !== "dark" && !night.matches ? null : "dark");
  }

  #show(open: boolean): void {
    this.#open = open;
    set(this.#launcher, "aria-expanded", `${open}`);
    this.#launcher.firstChild!.replaceWith(icon(open ? down : chat));
  }

  #emit(name: string, detail: object): void {
    const all = { widget: this.#id, ...detail };
    this.dispatchEvent(new CustomEvent(name, { detail: all }));
    // A page's own mistake must not stop the chat.
    listeners.get(name)?.forEach(listener => queueMicrotask(() => listener(all)));
  }
}
