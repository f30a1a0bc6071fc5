import { createApi, type Page } from "./api.ts";
import { createChat } from "./chat.ts";
import { createComposer } from "./composer.ts";
import type { Config, Look } from "./config.ts";
import { running, type Turn } from "./conversation.ts";
import { down, fill, h, icon, set, sheet } from "./kit.ts";
import { cross, more } from "./icons.ts";
import css from "./panel.css";
import { anchor } from "./render.ts";
import { createStore } from "./storage.ts";
import type { Strings } from "./strings.ts";
import { createTurn, suggestionCard, tool, type Host, type TurnView } from "./turn.ts";
import { fitPhone, isPhone } from "./viewport.ts";

/** What the launcher hands to the panel when the visitor opens the chat for the first time. */
export type Frame = {
  readonly root: ShadowRoot;
  readonly box: HTMLElement;
  readonly api: string;
  /** Of the storage and of the channel between tabs. */
  readonly key: string;
  /** Fills its container instead of floating over the page. */
  readonly inline: boolean;
  readonly config: Config;
  readonly strings: Strings;
  readonly language: string;
  readonly page: () => Page;
  readonly close: () => void;
  readonly unread: (count: number) => void;
  readonly emit: (name: string, detail: object) => void;
  readonly life: AbortSignal;
};

export type Panel = ReturnType<typeof createPanel>;

export function createPanel(frame: Frame) {
  const strip = h("div", { class: "strip", role: "status" });
  const spoken = h("div", { class: "vh", role: "status" });
  const views = new Map<string, TurnView>();
  const seen = new Set<string>();
  let said = "";
  let unread = 0;
  let drawing = 0;
  let undoPhone: (() => void) | undefined;

  const { config, strings, life, key, inline } = frame;
  const { behaviour, look } = config;
  const { title = "", subtitle, firstMessage, placeholder, suggestions } = config.texts ?? {};
  const name = title || config.business || "";
  const first = firstMessage || strings.$hello;
  const ask = (text: string) => {
    send(text);
    composer.focus();
  };
  const agreed = () => !behaviour?.consent || store.read().agreed;
  const host: Host = { config, strings, ask, say: text => spoken.replaceChildren(text), again: key => chat.again(key), rate: (...rating) => void chat.rate(...rating) };
  const store = createStore(key);
  const chat = createChat(createApi(frame.api, life), store, key, frame.page, () => redraw(), frame.emit, life);
  const composer = createComposer(strings, placeholder || strings.$placeholder, text => send(text), () => chat.stop(), () => chat.prepare());

  const menuButton = tool(strings.$more, more, () => toggleMenu());
  const closeButton = tool(strings.$close, down, frame.close);
  const closed = (act: () => void) => () => {
    toggleMenu(false);
    act();
  };
  const menu = h("div", { class: "menu" }, h("button", { click: closed(() => startFresh()) }, strings.$fresh), h("button", { click: closed(() => askToForget()) }, strings.$forget));
  const news = h("button", { class: "pill news", click: () => toEnd() }, strings.$newText);
  const card = suggestions?.length ? suggestionCard(strings.$often, suggestions.slice(0, 6), ask) : null;
  const hello = h("div", {}, h("div", { class: "hello" }, picture(look?.logo), h("h2", { dir: "auto" }, first)), card);
  const greeting = h("div", { class: "bot", "data-author": "ai" }, h("span", { class: "vh" }, `${strings.$bot}: `), h("div", { dir: "auto" }, first));
  const business = config.business || name;
  const notice = h("p", { class: "notice" }, fill(strings.$ai, { business }), ` ${config.texts?.aiNotice ?? ""} ${behaviour?.sensitiveHint ? strings.$sensitive : ""} `, ...(config.privacyUrl ? anchor(config.privacyUrl, [strings.$privacy]) : []));
  const log = h("div", { class: "log", role: "log", "aria-label": strings.$log }, notice, greeting);
  const scroll = h("div", { class: "scroll", tabindex: 0, scroll: () => { if (atEnd()) news.hidden = true; } }, hello, log);
  const dialog = h("dialog", { class: "panel", role: inline && "region", "aria-label": name || strings.$log, tabindex: -1 },
    h("div", { class: "head" }, h("span", { class: "ava", "aria-hidden": "true" }, [...name][0], picture(look?.avatar)),
      h("div", {}, h("h2", { dir: "auto" }, name), subtitle && h("small", { dir: "auto" }, subtitle)), menuButton, !inline && closeButton),
    menu, scroll, h("div", { class: "foot" }, news, strip, composer.element, h("div", { class: "fine" }, strings.$fine)), spoken);

  // A phone's way back closes the chat, and does not leave the page.
  dialog.oncancel = event => {
    event.preventDefault();
    frame.close();
  };
  dialog.onkeydown = event => {
    if (event.key !== "Escape" || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    if (menu.hidden) frame.close();
    else toggleMenu(false);
  };
  for (const name of ["online", "offline"]) addEventListener(name, () => redraw(), { signal: life });
  document.addEventListener("visibilitychange", () => {
    // A late answer may have arrived while the visitor was elsewhere.
    if (!document.hidden && dialog.open && !running(chat.conversation())) void chat.load();
  }, { signal: life });
  life.addEventListener("abort", () => {
    undoPhone?.();
    for (const view of views.values()) view.end();
  });
  frame.root.adoptedStyleSheets.push(sheet(css));
  frame.box.append(dialog);
  menu.hidden = news.hidden = true;
  draw();

  return { open, close, send, reset: chat.reset };

  function open(focus: boolean): void {
    if (!dialog.open) {
      const phone = !inline && isPhone();
      closeButton.replaceChildren(icon(phone ? cross : down));
      if (phone) {
        // Over the whole screen it is a modal dialog, so that nothing behind it can be reached.
        dialog.showModal();
        undoPhone = fitPhone(dialog);
      } else dialog.open = true;
      frame.unread(unread = 0);
      // What was said before is not news.
      set(log, "aria-live", "off");
      void chat.load().finally(() => setTimeout(() => set(log, "aria-live", "polite"), 500));
    }
    // On touch screens the field's focus would throw the keyboard over the greeting.
    if (focus) (matchMedia("(pointer: coarse)").matches ? dialog : composer).focus();
  }

  function close(): void {
    undoPhone?.();
    undoPhone = undefined;
    menu.hidden = true;
    dialog.close();
    // A chat that opens by itself does so until the visitor has closed it.
    if (behaviour?.openAfter) store.change({});
  }

  function send(text: string): boolean {
    const sent = agreed() && chat.ask(text);
    if (sent) {
      draw();
      toEnd();
    }
    return sent;
  }

  function startFresh(): void {
    chat.reset();
    tell("");
    composer.focus();
  }

  function agree(): void {
    store.change({ agreed: true });
    tell("");
    draw();
    composer.focus();
  }

  /** A picture that the portal keeps, or nothing: not when the page's policy does not let it in either. */
  function picture(path: Look["logo"]): HTMLElement | null {
    if (!path) return null;
    const image: HTMLElement = h("img", { src: new URL(`${path}`, frame.api).href, alt: "", error: () => image.remove() });
    return image;
  }

  function askToForget(): void {
    const done = (text: string) => {
      tell(text);
      composer.focus();
    };
    const no = h("button", { click: () => done("") }, strings.$cancel);
    const yes = h("button", { class: "bad", click: () => void chat.forget().then(() => done(strings.$forgotten), () => done(strings.network)) }, strings.$forgetYes);
    tell(strings.$forgetAsk, yes, no);
    no.focus();
  }

  /** One sentence above the field, and what the visitor can answer to it. */
  function tell(text: string, ...buttons: HTMLElement[]): void {
    said = text;
    strip.hidden = !text;
    strip.replaceChildren(h("span", {}, text), ...buttons);
  }

  function redraw(): void {
    // A hidden tab draws no frames, but its unread badge must still count.
    drawing ||= (document.hidden ? window.setTimeout : requestAnimationFrame)(() => {
      drawing = 0;
      draw();
    });
  }

  function draw(): void {
    const { turns } = chat.conversation();
    const follow = atEnd();
    const height = scroll.scrollHeight;
    hello.hidden = turns.length > 0;
    greeting.hidden = !hello.hidden;
    for (const [key, view] of views) {
      if (turns.some(turn => turn.key === key)) continue;
      view.end();
      view.element.remove();
      views.delete(key);
    }
    turns.forEach((turn, at) => drawTurn(turn, at, turns));

    const closedFor = chat.closedFor();
    const state = closedFor ? strings[closedFor] : navigator.onLine ? "" : strings.$offline;
    const shut = closedFor !== null || !agreed();
    if (shut && composer.element.contains(frame.root.activeElement)) dialog.focus();
    composer.element.hidden = shut;
    composer.show(running(chat.conversation()) !== undefined);
    if (agreed()) {
      if (state || said === strings.$offline || !said) tell(state);
    } else if (!said) tell(fill(strings.$consent, { business }), h("button", { click: agree }, strings.$agree));
    if (follow) toEnd();
    else if (scroll.scrollHeight > height) news.hidden = false;
  }

  function drawTurn(turn: Turn, at: number, turns: readonly Turn[]): void {
    const { key, status, at: time } = turn;
    let view = views.get(key);
    if (!view) {
      views.set(key, view = createTurn(host));
      // A time of day once per pause of ten minutes. The first that is drawn costs a phone a tenth of a second: question and answer go before it.
      if (time - (turns[at - 1]?.at ?? 0) > 600_000) {
        const when = h("div", { class: "when" }, "\xa0");
        view.element.prepend(when);
        // A conversation that can be resumed is never older than a week.
        setTimeout(() => { when.textContent = new Date(time).toLocaleString(frame.language, { weekday: "long", hour: "2-digit", minute: "2-digit" }); }, 400);
      }
    }
    if (log.children[at + 2] !== view.element) log.insertBefore(view.element, log.children[at + 2] ?? null);
    view.show(turn, at === turns.length - 1);

    if (status !== "answered" || seen.has(key)) return;
    seen.add(key);
    if (!dialog.open) frame.unread(++unread);
  }

  function toggleMenu(open = menu.hidden): void {
    menu.hidden = !open;
    set(menuButton, "aria-expanded", String(open));
    (open ? menu.firstChild as HTMLElement : menuButton).focus();
  }

  function atEnd(): boolean {
    const { scrollHeight, scrollTop, clientHeight } = scroll;
    return scrollHeight - scrollTop - clientHeight < 48;
  }

  function toEnd(): void {
    news.hidden = true;
    // The first opening is read from its greeting down.
    if (hello.hidden) scroll.scrollTop = 1e9;
  }
}
