import { anchor } from "../answer/anchor.ts";
import { fetchDrawing } from "./answer.ts";
import { createApi, type Page } from "../chat/api.ts";
import { createChat } from "../chat/chat.ts";
import { createComposer } from "./composer.ts";
import type { Config, Look } from "../config.ts";
import type { ChatWidget } from "../launcher/element.ts";
import { find, running, type Turn } from "../chat/conversation.ts";
import { createFollower } from "./autoscroll.ts";
import { added, down, h, phone as small, redraw as drawOn, set, applyStyles } from "../launcher/dependencies.ts";
import { cross, more } from "../icons.ts";
import css from "./panel.css";
import { shield } from "./shield.ts";
import { createStore } from "../chat/storage.ts";
import { createTabMemory } from "../chat/tab.ts";
import { why } from "../chat/problems.ts";
import { fill, isRightToLeft, pickLocale, type Strings } from "../strings.ts";
import { createTurn, label, speaker, suggestionCard, tool, type Host, type TurnView } from "./turn.ts";
import { fit } from "./viewport.ts";

/** What the launcher hands to the panel when the visitor opens the chat for the first time. */
export type Frame = {
  readonly shadow: ShadowRoot;
  readonly box: HTMLElement;
  readonly api: string;
  /** Of the storage and of the channel between tabs. */
  readonly key: string;
  /** Fills its container instead of floating over the page. */
  readonly inline: boolean;
  readonly config: Config;
  readonly strings: Strings;
  readonly language: string;
  /** The visitor's own way to write dates. */
  /** The languages that the snippet, the client and the page name. */
  readonly wishes: readonly (string | null | undefined)[];
  /** Hears how many answers have come unseen. */
  readonly count: (unread: number) => void;
  readonly page: () => Page;
  readonly close: () => void;
  readonly emit: (name: string, detail: object) => void;
  readonly life: AbortSignal;
};

const isLeft = (widget: Element) => Boolean(widget.shadowRoot?.querySelector("[data-position=left]"));

export type Panel = ReturnType<typeof createPanel>;

export function createPanel(frame: Frame) {
  const strip = h("div.strip", { role: "status" });
  const spoken = h("div.vh", { role: "status" });
  const views = new Map<string, TurnView>();
  let isOpen = false;
  // Above the field: a sentence until the visitor goes on, what can be answered to it, and what stands there.
  let said = "";
  let answers: HTMLElement[] = [];
  let told: string | undefined;
  let stale = false;
  let drawing = false;
  let undoFit: (() => void) | undefined;
  let isWhole: boolean | undefined;
  let focused: HTMLElement | null = null;
  let scrolledTo = 0;

  const { config, strings, life, key, inline, language } = frame;
  const { behaviour = {}, look } = config;
  const { title, subtitle, firstMessage, placeholder, suggestions, aiNotice } = config.texts ?? {};
  const name = title || config.business || "";
  const first = firstMessage || strings.$hello;
  const ask = (text: string) => {
    send(text);
    goOn();
  };
  const agreed = (): boolean => !behaviour.consent || store.read().agreed;
  const prepare = () => { if (agreed()) chat.prepare(); };
  // A question is on its way, and its answer will have to be drawn.
  const expect = () => {
    prepare();
    fetchDrawing();
  };
  const rate: Host["rate"] = async (...rating) => {
    const taken = await chat.rate(...rating);
    if (!taken) tell(strings.$network);
    return taken;
  };
  const store = createStore(key);
  const memory = createTabMemory(key, frame.count, agreed);
  const chat = createChat(createApi(frame.api, language, frame.page, life), store, key, redraw, frame.emit, life);
  const host: Host = { config, strings, locale: pickLocale(language, ...navigator.languages, document.documentElement.lang), ask, rate, goOn, say: text => spoken.replaceChildren(text), again: chat.again };
  const composer = createComposer(strings, placeholder || strings.$placeholder, send, chat.stop, write, memory.draft);

  const menuButton = tool(strings.$more, more, () => {
    showMenu(!!menu.hidden);
    (menu.hidden ? menuButton : menu.firstChild as HTMLElement).focus();
  });
  const closeButton = tool(strings.$close, down, frame.close);
  const closed = (act: () => void) => () => {
    showMenu(false);
    act();
  };
  const menu = h("div.menu", h("button", { click: closed(startFresh) }, strings.$fresh), h("button", { click: closed(download) }, strings.$download), h("button", { click: closed(askToForget) }, strings.$forget));
  const news = h("button.pill news", { click: () => { follower.toEnd(); goOn(); } }, strings.$newText);
  const agreement = h("button", { click: agree }, strings.$agree);
  const card = suggestions?.length ? suggestionCard(strings.$often, suggestions.slice(0, 6), ask) : null;
  const business = config.business || name;
  const notice = h("p.notice", { "aria-live": "off" }, fill(strings.$ai, { business }), ` ${aiNotice ?? ""} ${behaviour.sensitiveHint ? strings.$sensitive : ""} `, ...(config.privacyUrl ? anchor(config.privacyUrl, [strings.$privacy]) : []));
  const top = h("div.hello", { "data-author": "ai" }, picture(look?.logo, look?.logoPlate), label(strings.$bot), h("h2", { dir: "auto" }, first), notice);
  const hello = h("div", top, card);
  const greeting = h("div.bot", { "data-author": "ai", "aria-live": "off" }, label(strings.$bot), h("div", { dir: "auto" }, first));
  const log = h("div.log", { role: "log", "aria-label": strings.$log }, greeting);
  const scroll = h("div.scroll", { tabindex: 0 }, hello, log);
  const follower = createFollower(scroll, log, news, () => hello.hidden, latest);
  // Inline it is a part of the page, elsewhere a dialog.
  const dialog = h(inline ? "section.panel" : "dialog.panel", { "aria-label": name || strings.$log, tabindex: -1 },
    h("div.head", h("span.ava", { "aria-hidden": "true" }, [...name][0], picture(look?.avatar, look?.avatarPlate)),
      h("div", h("h2", { dir: "auto" }, name), subtitle && h("small", { dir: "auto" }, subtitle)), menuButton, !inline && closeButton),
    menu, scroll, h("div.foot", news, strip, composer.element, h("div.fine", strings.$fine)), spoken) as HTMLDialogElement;

  card?.addEventListener("pointerenter", expect);
  shield(frame.shadow, life, target => {
    focused = target;
    if (card?.contains(target)) expect();
  });
  scroll.addEventListener("scroll", () => { scrolledTo = scroll.scrollTop; });
  // A phone's way back closes the chat, and does not leave the page.
  dialog.oncancel = event => {
    event.preventDefault();
    frame.close();
  };
  dialog.onkeydown = event => {
    if (event.key === "Tab" && isWhole) return stayWithin(event);
    if (event.key !== "Escape" || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    if (menu.hidden) return frame.close();
    showMenu(false);
    menuButton.focus();
  };
  // What is typed here is not meant for the shortcuts of the page, which cannot see that it comes from a field.
  for (const name of ["keydown", "keypress", "keyup"]) dialog.addEventListener(name, event => { if ("placeholder" in event.target!) event.stopPropagation(); });
  for (const name of ["online", "offline"]) addEventListener(name, redraw, { signal: life });
  addEventListener("resize", arrange, { signal: life });
  document.addEventListener("visibilitychange", () => {
    // A late answer may have arrived while the visitor was elsewhere.
    if (!document.hidden && isOpen && !running(chat.conversation())) void chat.load();
  }, { signal: life });

  set(frame.box, "dir", isRightToLeft(frame.wishes, language) ? "rtl" : "ltr");
  life.addEventListener("abort", letGo);
  life.addEventListener("abort", applyStyles(frame.shadow, css));
  frame.box.append(dialog);
  // What is beside the menu closes it, wherever on the page.
  document.addEventListener("pointerdown", event => {
    const path = event.composedPath();
    if (!path.includes(menu) && !path.includes(menuButton)) showMenu(false);
  }, { capture: true, signal: life });
  greeting.hidden = true;
  showMenu(false);
  composer.fit();
  draw();
  // Somebody comes back to answers: together with them.
  if (store.read().token) fetchDrawing();

  // A page that takes it off the screen while it is open is not left locked behind it.
  new ResizeObserver(() => {
    if (!isOpen || inline) return;
    if (dialog.getClientRects().length) return arrange();
    letGo();
    dialog.close();
  }).observe(dialog);

  return { open, close, send, restore, reset: chat.reset, load: chat.load };

  function open(focus: boolean): void {
    if (!isOpen) {
      lift();
      isOpen = true;
      if (!inline && (focus || memory.isUsed())) memory.use({ open: true });
      arrange();
      // What was said before is not news.
      set(log, "aria-live", "off");
      void chat.load().finally(() => setTimeout(() => set(log, "aria-live", "polite"), 500));
    }
    if (!focus) return;
    goOn();
    // By the visitor's own hand: a question is likely.
    if (navigator.userActivation?.isActive) prepare();
  }

  /** Out of the body, where the page's dialogs and effects would reach it. Not before: its framework may still take the body over. */
  function lift(): void {
    const { activeElement, host } = frame.shadow;
    // All of them, so that their order stays.
    if (document.readyState === "complete") for (const widget of added.values()) if (widget.parentNode === document.body) document.documentElement.append(widget);
    (activeElement as HTMLElement | null)?.focus({ preventScroll: true });
    if (inline) return;
    for (const other of document.querySelectorAll<ChatWidget>("chat-portal-widget:not([data-inline])")) if (other.dataset["widget"] !== key.split(":")[1] && (small.matches || isLeft(other) === isLeft(host))) void other.close?.();
  }

  function close(): void {
    isOpen = false;
    memory.use({ open: false });
    letGo();
    showMenu(false);
    dialog.close();
    // A chat that opens by itself does so until the visitor has closed it.
    if (behaviour.openAfter) store.change({});
  }

  /** Over the whole of a small screen it is a modal dialog, so that nothing behind it can be reached; beside the page it is none. */
  function arrange(): void {
    const before = frame.shadow.activeElement as HTMLElement | null;
    const phone = !inline && small.matches;
    if (!isOpen || dialog.hasAttribute("open") && phone === isWhole) return;
    letGo();
    isWhole = phone;
    if (!inline) dialog.close();
    drawOn(closeButton, phone ? cross : down);
    if (phone) dialog.showModal();
    else set(dialog, "open", true);
    if (!inline) undoFit = fit(dialog, phone);
    before?.focus();
  }

  /** The page has moved it, by which a browser forgets what is modal, focused and scrolled. */
  function restore(): void {
    const before = focused;
    if (!inline) {
      dialog.close();
      arrange();
    }
    scroll.scrollTop = scrolledTo;
    if ([document.body, frame.shadow.host].includes(document.activeElement as HTMLElement)) before?.focus();
  }

  function letGo(): void {
    undoFit?.();
    undoFit = undefined;
  }

  /** Where the visitor goes on: in the field. On touch screens that would throw the keyboard over what is there to read. */
  function goOn(): void {
    (composer.element.hidden || matchMedia("(pointer: coarse)").matches ? dialog : composer).focus();
  }

  function send(text: string): boolean {
    if (!agreed() || !chat.ask(text)) return false;
    said = "";
    follower.follow();
    return true;
  }

  function write(text: string): void {
    if (text) expect();
    memory.use({ draft: text });
  }

  /** Where the answer is that was given last, or is being given. */
  function latest(): HTMLElement | undefined {
    const turn = chat.conversation().filter(({ status }) => status !== "queued").at(-1);
    return turn && views.get(turn.key)?.bot;
  }

  function reset(): void {
    chat.reset();
    memory.forget();
  }

  function startFresh(): void {
    reset();
    done("");
  }

  function forget(): Promise<void> {
    return chat.forget().then(memory.clear);
  }

  /** The conversation as a text, made here. */
  function download(): void {
    const lines = chat.conversation().map(({ question, answer, author }) => `${strings.$you}: ${question}\n\n${speaker(strings, author)}: ${answer}\n\n`);
    h("a", { href: URL.createObjectURL(new Blob(lines)), download: "chat.txt" }).click();
  }

  function agree(): void {
    store.change({ agreed: true });
    memory.use({ open: !inline });
    done("");
  }

  /** A picture that the portal keeps, or nothing: not when the page's policy does not let it in either. */
  function picture(path: Look["logo"], plate: Look["logoPlate"]): HTMLElement | null {
    if (!path) return null;
    const image: HTMLElement = h("img", { src: new URL(`${path}`, frame.api).href, alt: "", error: () => image.remove() });
    // What would hardly be seen on the color.
    if (plate) Object.assign(image.style, { background: plate, padding: "4px", borderRadius: "8px" });
    return image;
  }

  function askToForget(): void {
    const no = h("button", { click: () => done("") }, strings.$cancel);
    const yes = h("button.bad", { click: () => void forget().then(() => done(strings.$forgotten), () => done(strings.$network)) }, strings.$forgetYes);
    tell(strings.$forgetAsk, yes, no);
    no.focus();
  }

  function done(text: string): void {
    tell(text);
    goOn();
  }

  /** One sentence above the field, and what the visitor can answer to it. */
  function tell(text: string, ...buttons: HTMLElement[]): void {
    said = text;
    answers = buttons;
    draw();
  }

  /** In the task in which something has changed, so that the next frame shows it; but only once a frame. */
  function redraw(): void {
    stale = true;
    if (drawing) return;
    drawing = true;
    queueMicrotask(draw);
    requestAnimationFrame(() => {
      drawing = false;
      if (stale) redraw();
    });
  }

  function draw(): void {
    const turns = chat.conversation();
    const fresh = !turns.length;
    stale = false;
    follower.drew();
    if (fresh === hello.hidden) {
      hello.hidden = !fresh;
      greeting.hidden = fresh;
      // The statement stands above whatever the visitor sees first.
      if (fresh) top.append(notice);
      else log.prepend(notice);
      follower.follow();
    }
    for (const [key, view] of views) {
      if (find(turns, key)) continue;
      view.end();
      view.element.remove();
      views.delete(key);
    }
    turns.forEach(drawTurn);

    memory.see(turns, chat.isOurs, isOpen);

    const closedFor = chat.closedFor();
    const asksConsent = !closedFor && !agreed();
    const shut = asksConsent || closedFor !== null;
    if (shut && composer.element.contains(frame.shadow.activeElement)) dialog.focus();
    composer.element.hidden = shut;
    composer.show(running(turns) !== undefined);

    const state = closedFor ? why(strings, closedFor) : chat.isOffline() ? strings.$offline : "";
    const sentence = answers.length ? said : [said, state, asksConsent && fill(strings.$consent, { business })].filter(Boolean).join(" ");
    if (sentence === told) return;
    told = sentence;
    strip.hidden = !sentence;
    strip.replaceChildren(h("span", sentence), ...(answers.length ? answers : asksConsent ? [agreement] : []));
  }

  function drawTurn(turn: Turn, at: number, turns: readonly Turn[]): void {
    let view = views.get(turn.key);
    if (!view) views.set(turn.key, view = createTurn(host));
    // Behind the statement and the greeting.
    const place = log.children[at + 2] ?? null;
    if (place !== view.element) log.insertBefore(view.element, place);
    view.show(turn, at === turns.length - 1, turns[at - 1]?.at);
  }

  /** Over the whole screen the tabulator goes in a circle. Firefox leaves a modal dialog in a shadow root for its own buttons, and comes back at the wrong end. */
  function stayWithin(event: KeyboardEvent): void {
    const stops = [...dialog.querySelectorAll<HTMLElement>("a, button, textarea, input, summary, [tabindex=\"0\"]")].filter(stop => stop.getClientRects().length);
    const focused = frame.shadow.activeElement;
    const [edge, other] = event.shiftKey ? [stops[0], stops.at(-1)] : [stops.at(-1), stops[0]];
    if (focused !== edge && (focused !== dialog || !event.shiftKey)) return;
    event.preventDefault();
    other?.focus();
  }

  function showMenu(open: boolean): void {
    menu.hidden = !open;
    set(menuButton, "aria-expanded", `${open}`);
  }
}
