import { Api, type Page } from "./api.ts";
import { Chat, longest } from "./chat.ts";
import { Composer } from "./composer.ts";
import type { Config } from "./config.ts";
import { running, type Turn } from "./conversation.ts";
import { h, icon, sheet } from "./dom.ts";
import { cross, down, more } from "./icons.ts";
import { safeUrl } from "./links.ts";
import css from "./panel.css";
import { Store } from "./storage.ts";
import { fill, type Strings } from "./strings.ts";
import { suggestionCard, TurnView } from "./turn.ts";
import { fitPhone, isPhone } from "./viewport.ts";

/** What the launcher hands to the panel when the visitor opens the chat for the first time. */
export type Frame = {
  readonly root: ShadowRoot;
  readonly box: HTMLElement;
  readonly portal: string;
  readonly widgetId: string;
  readonly config: Config;
  readonly strings: Strings;
  readonly language: string;
  readonly inline: boolean;
  readonly page: () => Page;
  readonly close: () => void;
  readonly unread: (count: number) => void;
  readonly emit: (name: string, detail: object) => void;
  readonly life: AbortSignal;
};

export function mount(frame: Frame): Panel {
  return new Panel(frame);
}

export class Panel {
  readonly #frame: Frame;
  readonly #chat: Chat;
  readonly #composer: Composer;
  readonly #dialog: HTMLDialogElement;
  readonly #scroll: HTMLElement;
  readonly #hello: HTMLElement;
  readonly #log: HTMLElement;
  readonly #strip = h("div", { class: "strip", role: "status", hidden: true });
  readonly #news: HTMLElement;
  readonly #say = h("div", { class: "vh", role: "status" });
  readonly #menu: HTMLElement;
  readonly #menuButton: HTMLElement;
  readonly #views = new Map<string, TurnView>();
  readonly #when = new Map<string, HTMLElement>();
  #unread = new Set<string>();
  #seen = new Set<string>();
  #frameAsked = false;
  #opened = false;
  #undoPhone: () => void = () => undefined;

  constructor(frame: Frame) {
    const { config, strings, root, box, life } = this.#frame = frame;
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet(css)];
    this.#chat = new Chat({
      api: new Api(frame.portal, frame.widgetId), store: new Store(frame.widgetId), widgetId: frame.widgetId,
      page: frame.page, emit: frame.emit, life, changed: () => this.#redraw(),
    });
    this.#composer = new Composer(strings, config.placeholder, longest, fill(strings.long, { limit: longest.toLocaleString(frame.language) }), {
      send: text => this.send(text), stop: () => this.#chat.stop(), typing: () => this.#chat.prepare(),
    });
    this.#menuButton = button(strings.more, more);
    this.#menuButton.ariaExpanded = "false";
    this.#menu = h("div", { class: "menu", hidden: true }, this.#menuItem(strings.fresh, () => this.#startFresh()), this.#menuItem(strings.forget, () => this.#askToForget()));
    const close = button(strings.close, isPhone() ? cross : down);
    this.#news = h("button", { class: "pill news", type: "button", hidden: true }, strings.newText);
    const greeting = config.firstMessage || strings.greeting;
    this.#hello = h("div", {},
      h("div", { class: `hello${config.suggestions.length > 0 ? " deep" : ""}` }, h("h2", { dir: "auto" }, greeting)),
      config.suggestions.length > 0 && suggestionCard(strings.often, config.suggestions, text => { this.send(text); this.#composer.focus(); }));
    this.#log = h("div", { class: "log", role: "log", "aria-label": strings.log, tabindex: -1 }, this.#notice(), h("div", { class: "bot", "data-author": "ai", dir: "auto" }, h("span", { class: "vh" }, `${strings.bot}: `), greeting));
    this.#scroll = h("div", { class: "scroll", tabindex: 0 }, this.#hello, this.#log);
    this.#dialog = h("dialog", { class: "panel", "aria-label": config.title || strings.log, tabindex: -1 },
      h("header", { class: "head" }, h("div", { class: "ava", "aria-hidden": "true" }, initial(config.title)),
        h("div", {}, h("b", { dir: "auto" }, config.title), config.subtitle && h("small", { dir: "auto" }, config.subtitle)), this.#menuButton, frame.inline ? null : close),
      this.#menu, this.#scroll,
      h("div", { class: "foot" }, this.#news, this.#strip, this.#composer.element, h("div", { class: "fine" }, strings.fine)), this.#say);
    box.append(this.#dialog);

    close.addEventListener("click", frame.close);
    this.#menuButton.addEventListener("click", () => this.#toggleMenu());
    this.#news.addEventListener("click", () => this.#toEnd());
    this.#scroll.addEventListener("scroll", () => { if (this.#atEnd) this.#news.hidden = true; }, { passive: true });
    this.#dialog.addEventListener("cancel", event => event.preventDefault());
    this.#dialog.addEventListener("keydown", event => this.#escape(event));
    this.#dialog.addEventListener("click", event => {
      if (!this.#menu.hidden && !event.composedPath().includes(this.#menuButton)) this.#toggleMenu(false);
    });
    for (const name of ["online", "offline"]) globalThis.addEventListener(name, () => this.#redraw(), { signal: life });
    document.addEventListener("visibilitychange", () => {
      // A late answer may have arrived while the visitor was elsewhere.
      if (!document.hidden && this.isOpen && !running(this.#chat.conversation)) void this.#chat.load();
    }, { signal: life });
    life.addEventListener("abort", () => this.#end());
    this.#draw();
  }

  get isOpen(): boolean {
    return this.#dialog.open;
  }

  open(focus = true): void {
    if (!this.isOpen) {
      // Over the whole screen of a phone it is a modal dialog, so that nothing behind it can be reached.
      if (isPhone() && !this.#frame.inline) {
        this.#dialog.showModal();
        this.#undoPhone = fitPhone(this.#dialog);
      } else {
        this.#dialog.open = true;
      }
      this.#unread.clear();
      this.#frame.unread(0);
      this.#log.ariaLive = "off";
      void this.#chat.load().finally(() => { this.#log.ariaLive = null; });
      if (!this.#opened) this.#toEnd();
      this.#opened = true;
    }
    if (!focus) return;
    // On touch screens the field's focus would throw the keyboard over the greeting.
    if (matchMedia("(pointer: coarse)").matches) this.#dialog.focus();
    else this.#composer.focus();
  }

  close(): void {
    this.#undoPhone();
    this.#undoPhone = () => undefined;
    this.#toggleMenu(false);
    this.#dialog.close();
  }

  send(text: string): boolean {
    const sent = this.#chat.ask(text);
    if (sent) {
      this.#draw();
      this.#toEnd();
    }
    return sent;
  }

  reset(): void {
    this.#chat.reset();
  }

  #startFresh(): void {
    this.#chat.reset();
    this.#showStrip(null);
    this.#composer.focus();
  }

  #askToForget(): void {
    const { strings } = this.#frame;
    const yes = h("button", { type: "button", class: "danger" }, strings.forgetYes);
    const no = h("button", { type: "button" }, strings.cancel);
    yes.addEventListener("click", async () => {
      try {
        await this.#chat.forget();
        this.#showStrip(strings.forgotten);
      } catch {
        this.#showStrip(strings.network, true);
      }
      this.#composer.focus();
    });
    no.addEventListener("click", () => {
      this.#showStrip(null);
      this.#menuButton.focus();
    });
    this.#showStrip(strings.forgetAsk, false, yes, no);
    no.focus();
  }

  #showStrip(text: string | null, bad = false, ...buttons: HTMLElement[]): void {
    this.#strip.hidden = text === null;
    this.#strip.classList.toggle("bad", bad);
    this.#strip.replaceChildren(...(text === null ? [] : [h("span", {}, text), ...buttons]));
  }

  #redraw(): void {
    if (this.#frameAsked) return;
    this.#frameAsked = true;
    const draw = () => {
      this.#frameAsked = false;
      if (!this.#frame.life.aborted) this.#draw();
    };
    // A hidden tab draws no frames, but its unread badge must still count.
    if (document.hidden) setTimeout(draw); else requestAnimationFrame(draw);
  }

  #draw(): void {
    const { turns } = this.#chat.conversation;
    const follow = this.#atEnd;
    const height = this.#scroll.scrollHeight;
    this.#hello.hidden = turns.length > 0;
    (this.#log.children[1] as HTMLElement).hidden = turns.length === 0;
    turns.forEach((turn, i) => this.#drawTurn(turn, turns[i - 1], i === turns.length - 1));
    for (const [key, view] of this.#views) if (!turns.some(t => t.key === key)) this.#drop(key, view);
    this.#countUnread(turns);

    const { strings } = this.#frame;
    const closed = this.#chat.closedFor;
    this.#composer.element.hidden = closed !== null;
    this.#composer.busy = running(this.#chat.conversation) !== undefined;
    if (closed) this.#showStrip(closed === "origin" ? strings.origin : strings.off);
    else if (!navigator.onLine) this.#showStrip(strings.offline);
    else if (this.#strip.textContent === strings.offline) this.#showStrip(null);
    if (follow) this.#toEnd();
    else if (turns.length > 0 && this.#scroll.scrollHeight > height) this.#news.hidden = false;
  }

  #drawTurn(turn: Turn, before: Turn | undefined, last: boolean): void {
    const { config, strings, language } = this.#frame;
    let view = this.#views.get(turn.key);
    if (!view) {
      view = new TurnView({ strings, language, fallback: config.fallback, feedback: config.feedback, limit: longest }, {
        again: key => this.#chat.again(key), rate: (key, value, comment) => void this.#chat.rate(key, value, comment),
        ask: text => { this.send(text); this.#composer.focus(); }, say: sentence => this.#announce(sentence),
      });
      this.#views.set(turn.key, view);
    }
    if (!view.element.isConnected || (before && this.#views.get(before.key)!.element.compareDocumentPosition(view.element) & Node.DOCUMENT_POSITION_PRECEDING)) this.#log.append(view.element);
    // A time of day once per pause of ten minutes.
    if (!this.#when.has(turn.key) && turn.at > 0 && turn.at - (before?.at ?? 0) > 600_000) {
      const line = h("div", { class: "when" }, moment(turn.at, language));
      this.#when.set(turn.key, line);
      if (before) view.element.before(line); else this.#log.children[1]!.before(line);
    }
    view.show(turn, last);
  }

  #drop(key: string, view: TurnView): void {
    view.end();
    view.element.remove();
    this.#when.get(key)?.remove();
    this.#views.delete(key);
    this.#when.delete(key);
  }

  #countUnread(turns: readonly Turn[]): void {
    for (const turn of turns) {
      if (turn.status !== "answered" || this.#seen.has(turn.key)) continue;
      this.#seen.add(turn.key);
      if (!this.isOpen) this.#unread.add(turn.key);
    }
    if (this.#unread.size > 0) this.#frame.unread(this.#unread.size);
  }

  #notice(): HTMLElement {
    const { config, strings } = this.#frame;
    const url = config.privacyUrl ? safeUrl(config.privacyUrl, location.href) : null;
    return h("p", { class: "notice" }, fill(strings.ai, { business: config.business || config.title }), config.aiNotice && ` ${config.aiNotice}`,
      url && " ", url && h("a", { href: url.href, target: "_blank", rel: "noopener noreferrer" }, strings.privacy));
  }

  #announce(sentence: string): void {
    this.#say.append(h("span", {}, `${sentence} `));
    while (this.#say.childElementCount > 20) this.#say.firstChild?.remove();
  }

  #menuItem(label: string, act: () => void): HTMLElement {
    const item = h("button", { type: "button" }, label);
    item.addEventListener("click", () => {
      this.#toggleMenu(false);
      act();
    });
    return item;
  }

  #toggleMenu(open = this.#menu.hidden): void {
    this.#menu.hidden = !open;
    this.#menuButton.ariaExpanded = String(open);
    if (open) (this.#menu.firstElementChild as HTMLElement).focus();
  }

  #escape(event: KeyboardEvent): void {
    if (event.key !== "Escape" || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    if (!this.#menu.hidden) {
      this.#toggleMenu(false);
      this.#menuButton.focus();
    } else if (!this.#frame.inline) this.#frame.close();
  }

  get #atEnd(): boolean {
    return this.#scroll.scrollHeight - this.#scroll.scrollTop - this.#scroll.clientHeight < 48;
  }

  #toEnd(): void {
    this.#news.hidden = true;
    // The first opening is read from its greeting down.
    if (this.#chat.conversation.turns.length > 0) this.#scroll.scrollTop = this.#scroll.scrollHeight;
  }

  #end(): void {
    this.#undoPhone();
    for (const view of this.#views.values()) view.end();
  }
}

function button(label: string, path: string): HTMLButtonElement {
  return h("button", { type: "button", "aria-label": label, title: label }, icon(path));
}

function initial(name: string): string {
  return [...name.trim()][0]?.toLocaleUpperCase() ?? "";
}

/** "Today, 10:42" in the widget's language. */
function moment(at: number, language: string): string {
  const date = new Date(at);
  const time = date.toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit" });
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / 86_400_000);
  const day = days < 2 ? new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(-days, "day") : date.toLocaleDateString(language, { weekday: "long", day: "numeric", month: "long" });
  return `${day.charAt(0).toLocaleUpperCase(language)}${day.slice(1)}, ${time}`;
}
