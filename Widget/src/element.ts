import { palette } from "./colour.ts";
import { parseConfig, type Config } from "./config.ts";
import { h, icon, sheet } from "./dom.ts";
import { chat, down } from "./icons.ts";
import css from "./launcher.css";
import type { Panel } from "./panel.ts";
import { openLabels, pickLanguage, type Strings } from "./strings.ts";

type Listener = (detail: object) => void;

/** Where the bundle came from; the panel and its language are fetched from the same place. */
export const home = { url: "" };

/** Everybody who called `ChatWidget.on`, for all widgets of the page. */
export const listeners = new Map<string, Set<Listener>>();

/** `<chat-widget data-widget="…">`: the launcher. The rest is fetched when the visitor first reaches for it. */
export class ChatWidget extends HTMLElement {
  readonly #root = this.attachShadow({ mode: "open" });
  #life = new AbortController();
  #box!: HTMLElement;
  #launcher!: HTMLButtonElement;
  #badge!: HTMLElement;
  #config: Promise<Config> | null = null;
  #panel: Promise<Panel> | null = null;
  #page: { url?: string; title?: string } = {};
  #open = false;
  #from: HTMLElement | null = null;

  connectedCallback(): void {
    this.#life = new AbortController();
    const { signal } = this.#life;
    const language = pickLanguage(Object.keys(openLabels), this.dataset["language"], document.documentElement.lang, navigator.language);
    this.#badge = h("span", { class: "unread" });
    this.#launcher = h("button", { class: "launch", type: "button", "aria-label": openLabels[language], "aria-expanded": "false", "aria-haspopup": "dialog", hidden: !this.dataset["color"] || this.#hasOwnLauncher }, icon(chat), this.#badge);
    this.#box = h("div", { class: "w" }, this.#launcher);
    this.#root.adoptedStyleSheets = [sheet(css)];
    this.#root.replaceChildren(this.#box);
    this.#paint(this.dataset["color"], this.dataset["theme"], this.dataset["position"]);

    this.#launcher.addEventListener("click", () => void this.toggle(), { signal });
    for (const intent of ["pointerenter", "focus", "touchstart"]) {
      this.#launcher.addEventListener(intent, () => void this.#load().catch(() => undefined), { signal, passive: true });
    }
    document.addEventListener("click", event => {
      const asked = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-chat-open]") : null;
      if (!asked || (asked.dataset["chatOpen"] && asked.dataset["chatOpen"] !== this.dataset["widget"])) return;
      event.preventDefault();
      void this.open();
    }, { signal });
    this.#configure().then(() => {
      this.#emit("ready", {});
      if (this.#inline || this.#wasOpen) void this.open(false);
    }, () => undefined);
  }

  disconnectedCallback(): void {
    this.#life.abort();
    this.#config = this.#panel = null;
    this.#open = false;
  }

  async open(focus = true): Promise<void> {
    if (!this.isConnected) return;
    this.#from = document.activeElement instanceof HTMLElement && document.activeElement !== document.body ? document.activeElement : this.#launcher;
    this.#launcher.ariaBusy = "true";
    const { signal } = this.#life;
    try {
      const panel = await this.#load();
      if (signal.aborted) return;
      panel.open(focus);
      if (!this.#open) this.#emit("open", {});
      this.#show(true);
    } catch {
      this.#badge.textContent = "!";
      this.#emit("error", { code: "network" });
    } finally {
      this.#launcher.ariaBusy = null;
    }
  }

  async close(): Promise<void> {
    if (!this.#open || this.#inline) return;
    this.#show(false);
    (await this.#panel)?.close();
    (this.#from === this ? this.#launcher : this.#from)?.focus({ preventScroll: true });
    this.#emit("close", {});
  }

  async toggle(): Promise<void> {
    await (this.#open ? this.close() : this.open());
  }

  async send(text: string): Promise<boolean> {
    await this.open();
    return (await this.#panel)?.send(String(text)) ?? false;
  }

  async reset(): Promise<void> {
    (await this.#load()).reset();
  }

  /** What the bot should know about where the visitor is, when the address and title of the page do not say it. */
  setPage(page: { url?: string; title?: string }): void {
    this.#page = { ...page };
  }

  destroy(): void {
    this.remove();
  }

  get #inline(): boolean {
    return this.dataset["mode"] === "inline";
  }

  get #hasOwnLauncher(): boolean {
    return this.dataset["launcher"] === "none";
  }

  get #portal(): string {
    return (this.dataset["portal"] ?? new URL(home.url).origin).replace(/\/+$/, "");
  }

  /** The one request that is made before the visitor reaches for the chat. */
  #configure(): Promise<Config> {
    const { signal } = this.#life;
    this.#config ??= (async () => {
      try {
        const response = await fetch(`${this.#portal}/api/widgets/${encodeURIComponent(this.dataset["widget"] ?? "")}/config`, { credentials: "omit", signal });
        if (response.ok) {
          const config = parseConfig(await response.json());
          this.#paint(config.color, config.theme, config.position);
          if (!this.#open) this.#launcher.hidden = this.#hasOwnLauncher;
          return config;
        }
        // Switched off or not for this website: nobody should be offered a chat that will not answer.
        if (response.status < 500) this.#launcher.hidden = true;
        this.#emit("error", { code: (await response.json().catch(() => null))?.code ?? "unavailable" });
        throw new Error(`The portal answered ${response.status}`);
      } catch (error) {
        if (!signal.aborted) this.#config = null;
        throw error;
      }
    })();
    return this.#config;
  }

  #load(): Promise<Panel> {
    const { signal } = this.#life;
    this.#panel ??= (async () => {
      try {
        const configured = this.#configure();
        const part = (name: string) => import(new URL(`chunks/${CHUNKS[name]}`, home.url).href);
        const [config, { mount }, { language, strings }] = await Promise.all([configured, part("panel"), configured.then(config => this.#speak(config, part))]);
        signal.throwIfAborted();
        this.#box.lang = language;
        this.#box.dir = language === "ar" ? "rtl" : "ltr";
        this.#box.style.setProperty("--font", this.#font());
        return mount({
          root: this.#root, box: this.#box, portal: this.#portal, widgetId: this.dataset["widget"] ?? "", config, strings, language, inline: this.#inline, life: signal,
          page: () => ({ url: (this.#page.url ?? location.href.replace(/#.*/, "")).slice(0, 2000), title: (this.#page.title ?? document.title).slice(0, 300) }),
          close: () => void this.close(), unread: (count: number) => this.#showUnread(count), emit: (name: string, detail: object) => this.#emit(name, detail),
        });
      } catch (error) {
        if (!signal.aborted) this.#panel = null;
        throw error;
      }
    })();
    return this.#panel;
  }

  async #speak(config: Config, part: (name: string) => Promise<{ default: Strings }>) {
    const chosen = config.language === "auto" ? null : config.language;
    const language = pickLanguage(Object.keys(openLabels), this.dataset["language"], chosen, document.documentElement.lang, navigator.language);
    return { language, strings: (await part(language)).default };
  }

  #paint(color: string | null | undefined, theme = "auto", position = "right"): void {
    const { accent, on, textOnLight, textOnDark } = palette(color);
    const { style, dataset } = this.#box;
    for (const [name, value] of Object.entries({ "--a": accent, "--on": on, "--at-light": textOnLight, "--at-dark": textOnDark })) style.setProperty(name, value);
    dataset["theme"] = theme;
    dataset["side"] = position;
  }

  /** The page's own face, unless it never chose one. */
  #font(): string {
    const system = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif';
    const own = document.body && this.dataset["font"] !== "system" ? getComputedStyle(document.body).fontFamily : "";
    return own && !/^"?times|^serif$/i.test(own) ? own : system;
  }

  #show(open: boolean): void {
    this.#open = open;
    this.#launcher.ariaExpanded = String(open);
    this.#launcher.firstElementChild!.replaceWith(icon(open ? down : chat));
    try {
      // For this tab only, so that the next page of the shop does not close the chat.
      if (open && !this.#inline) sessionStorage.setItem(this.#openKey, "open");
      else sessionStorage.removeItem(this.#openKey);
    } catch {
      // Storage is forbidden: the chat starts closed on the next page.
    }
  }

  get #openKey(): string {
    return `chat-widget:${this.dataset["widget"]}:open`;
  }

  get #wasOpen(): boolean {
    try {
      return sessionStorage.getItem(this.#openKey) === "open" && !matchMedia("(max-width: 480px)").matches;
    } catch {
      return false;
    }
  }

  #showUnread(count: number): void {
    this.#badge.textContent = count > 0 ? String(Math.min(count, 9)) : "";
  }

  #emit(name: string, detail: object): void {
    const all = { widget: this.dataset["widget"], ...detail };
    this.dispatchEvent(new CustomEvent(name, { detail: all }));
    for (const listener of listeners.get(name) ?? []) {
      // A page's own mistake must not stop the chat.
      try { listener(all); } catch (error) { setTimeout(() => { throw error; }); }
    }
  }
}
