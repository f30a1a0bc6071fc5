import { Api, type Page } from "./api.ts";
import { Chat } from "./chat.ts";
import { Composer } from "./composer.ts";
import type { Config } from "./config.ts";
import { running, type Turn } from "./conversation.ts";
import { h, icon, set, sheet } from "./dom.ts";
import { cross, down, more } from "./icons.ts";
import css from "./panel.css";
import { anchor } from "./render.ts";
import { Store } from "./storage.ts";
import { fill, type Strings } from "./strings.ts";
import { suggestionCard, tool, TurnView, type Host } from "./turn.ts";
import { fitPhone, isPhone } from "./viewport.ts";

/** What the launcher hands to the panel when the visitor opens the chat for the first time. */
export type Frame = {
  readonly root: ShadowRoot;
  readonly box: HTMLElement;
  readonly api: string;
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

export class Panel {
  readonly #frame: Frame;
  readonly #host: Host;
  readonly #chat: Chat;
  readonly #composer: Composer;
  readonly #dialog: HTMLDialogElement;
  readonly #scroll: HTMLElement;
  readonly #hello: HTMLElement;
  readonly #greeting: HTMLElement;
  readonly #log: HTMLElement;
  readonly #news: HTMLElement;
  readonly #menu: HTMLElement;
  readonly #menuButton: HTMLElement;
  readonly #closeButton: HTMLElement;
  readonly #strip = h("div", { class: "strip", role: "status" });
  readonly #spoken = h("div", { class: "vh", role: "status" });
  readonly #views = new Map<string, TurnView>();
  readonly #seen = new Set<string>();
  #notice = "";
  #unread = 0;
  #drawing = 0;
  #undoPhone?: (() => void) | undefined;

  constructor(frame: Frame) {
    const { config, strings, life, widgetId } = this.#frame = frame;
    const { title = "", subtitle, firstMessage, placeholder, suggestions } = config.texts ?? {};
    const name = title || config.business || "";
    const first = firstMessage || strings.greeting;
    const ask = (text: string) => {
      this.send(text);
      this.#composer.focus();
    };
    this.#host = { config, strings, ask, say: text => this.#spoken.replaceChildren(text), again: key => this.#chat.again(key), rate: (...rating) => void this.#chat.rate(...rating) };
    this.#chat = new Chat(new Api(frame.api, life), new Store(widgetId), `chat-widget:${widgetId}`, frame.page, () => this.#redraw(), frame.emit, life);
    this.#composer = new Composer(strings, placeholder || strings.placeholder, text => this.send(text), () => this.#chat.stop(), () => this.#chat.prepare());

    this.#menuButton = tool(strings.more, more, () => this.#toggleMenu());
    this.#closeButton = tool(strings.close, down, frame.close);
    const closed = (act: () => void) => () => {
      this.#toggleMenu(false);
      act();
    };
    this.#menu = h("div", { class: "menu" }, h("button", { click: closed(() => this.#startFresh()) }, strings.fresh), h("button", { click: closed(() => this.#askToForget()) }, strings.forget));
    this.#news = h("button", { class: "pill news", click: () => this.#toEnd() }, strings.newText);
    const card = suggestions?.length ? suggestionCard(strings.often, suggestions.slice(0, 6), ask) : null;
    this.#hello = h("div", {}, h("div", { class: `hello ${card ? "deep" : ""}` }, h("h2", { dir: "auto" }, first)), card);
    this.#greeting = h("div", { class: "bot", "data-author": "ai", dir: "auto" }, h("span", { class: "vh" }, `${strings.bot}: `), first);
    const notice = h("p", { class: "notice" }, fill(strings.ai, { business: config.business || name }), ` ${config.texts?.aiNotice ?? ""} `, ...(config.privacyUrl ? anchor(config.privacyUrl, [strings.privacy]) : []));
    this.#log = h("div", { class: "log", role: "log", "aria-label": strings.log }, notice, this.#greeting);
    this.#scroll = h("div", { class: "scroll", tabindex: 0, scroll: () => { if (this.#atEnd) this.#news.hidden = true; } }, this.#hello, this.#log);
    this.#dialog = h("dialog", { class: "panel", "aria-label": name || strings.log, tabindex: -1 },
      h("header", { class: "head" }, h("span", { class: "ava", "aria-hidden": "true" }, [...name][0]),
        h("div", {}, h("b", { dir: "auto" }, name), subtitle && h("small", { dir: "auto" }, subtitle)), this.#menuButton, !frame.inline && this.#closeButton),
      this.#menu, this.#scroll, h("div", { class: "foot" }, this.#news, this.#strip, this.#composer.element, h("div", { class: "fine" }, strings.fine)), this.#spoken);

    this.#dialog.oncancel = event => event.preventDefault();
    this.#dialog.onkeydown = event => {
      if (event.key !== "Escape" || event.isComposing) return;
      event.preventDefault();
      event.stopPropagation();
      if (this.#menu.hidden) frame.close();
      else this.#toggleMenu(false);
    };
    for (const name of ["online", "offline"]) addEventListener(name, () => this.#redraw(), { signal: life });
    document.addEventListener("visibilitychange", () => {
      // A late answer may have arrived while the visitor was elsewhere.
      if (!document.hidden && this.#dialog.open && !running(this.#chat.conversation)) void this.#chat.load();
    }, { signal: life });
    life.addEventListener("abort", () => {
      this.#undoPhone?.();
      for (const view of this.#views.values()) view.end();
    });
    frame.root.adoptedStyleSheets.push(sheet(css));
    frame.box.append(this.#dialog);
    this.#menu.hidden = this.#news.hidden = true;
    this.#draw();
  }

  open(focus: boolean): void {
    if (!this.#dialog.open) {
      const phone = isPhone() && !this.#frame.inline;
      this.#closeButton.replaceChildren(icon(phone ? cross : down));
      if (phone) {
        // Over the whole screen it is a modal dialog, so that nothing behind it can be reached.
        this.#dialog.showModal();
        this.#undoPhone = fitPhone(this.#dialog);
      } else this.#dialog.open = true;
      this.#frame.unread(this.#unread = 0);
      // What was said before is not news.
      set(this.#log, "aria-live", "off");
      void this.#chat.load().finally(() => setTimeout(() => set(this.#log, "aria-live", "polite"), 500));
    }
    // On touch screens the field's focus would throw the keyboard over the greeting.
    if (focus) (matchMedia("(pointer: coarse)").matches ? this.#dialog : this.#composer).focus();
  }

  close(): void {
    this.#undoPhone?.();
    this.#undoPhone = undefined;
    this.#menu.hidden = true;
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
    this.#tell("");
    this.#composer.focus();
  }

  #askToForget(): void {
    const { strings } = this.#frame;
    const done = (text: string) => {
      this.#tell(text);
      this.#composer.focus();
    };
    const no = h("button", { click: () => done("") }, strings.cancel);
    const yes = h("button", { class: "bad", click: () => void this.#chat.forget().then(() => done(strings.forgotten), () => done(strings.network)) }, strings.forgetYes);
    this.#tell(strings.forgetAsk, yes, no);
    no.focus();
  }

  /** One sentence above the field, and what the visitor can answer to it. */
  #tell(text: string, ...buttons: HTMLElement[]): void {
    this.#notice = text;
    this.#strip.hidden = !text;
    this.#strip.replaceChildren(h("span", {}, text), ...buttons);
  }

  #redraw(): void {
    // A hidden tab draws no frames, but its unread badge must still count.
    this.#drawing ||= (document.hidden ? window.setTimeout : requestAnimationFrame)(() => {
      this.#drawing = 0;
      this.#draw();
    });
  }

  #draw(): void {
    const { strings } = this.#frame;
    const { turns } = this.#chat.conversation;
    const follow = this.#atEnd;
    const height = this.#scroll.scrollHeight;
    this.#hello.hidden = turns.length > 0;
    this.#greeting.hidden = !this.#hello.hidden;
    for (const [key, view] of this.#views) {
      if (turns.some(turn => turn.key === key)) continue;
      view.end();
      view.element.remove();
      this.#views.delete(key);
    }
    turns.forEach((turn, at) => this.#drawTurn(turn, at, turns));

    const { closedFor } = this.#chat;
    const state = closedFor ? strings[closedFor] : navigator.onLine ? "" : strings.offline;
    this.#composer.element.hidden = closedFor !== null;
    this.#composer.show(running(this.#chat.conversation) !== undefined);
    if (state || this.#notice === strings.offline || !this.#notice) this.#tell(state);
    if (follow) this.#toEnd();
    else if (this.#scroll.scrollHeight > height) this.#news.hidden = false;
  }

  #drawTurn(turn: Turn, at: number, turns: readonly Turn[]): void {
    const { key, status, at: time } = turn;
    let view = this.#views.get(key);
    if (!view) {
      this.#views.set(key, view = new TurnView(this.#host));
      // A time of day once per pause of ten minutes.
      if (time - (turns[at - 1]?.at ?? 0) > 600_000) view.element.prepend(h("div", { class: "when" }, moment(time, this.#frame.language)));
    }
    if (this.#log.children[at + 2] !== view.element) this.#log.insertBefore(view.element, this.#log.children[at + 2] ?? null);
    view.show(turn, at === turns.length - 1);

    if (status !== "answered" || this.#seen.has(key)) return;
    this.#seen.add(key);
    if (!this.#dialog.open) this.#frame.unread(++this.#unread);
  }

  #toggleMenu(open = this.#menu.hidden): void {
    this.#menu.hidden = !open;
    set(this.#menuButton, "aria-expanded", String(open));
    (open ? this.#menu.firstChild as HTMLElement : this.#menuButton).focus();
  }

  get #atEnd(): boolean {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroll;
    return scrollHeight - scrollTop - clientHeight < 48;
  }

  #toEnd(): void {
    this.#news.hidden = true;
    // The first opening is read from its greeting down.
    if (this.#hello.hidden) this.#scroll.scrollTop = 1e9;
  }
}

/** The time, and the day when it is not today's, in the widget's language. */
function moment(at: number, language: string): string {
  const today = new Date(at).toDateString() === new Date().toDateString();
  return new Date(at).toLocaleString(language, { ...(!today && { dateStyle: "medium" }), timeStyle: "short" });
}
