import { createApi } from "../chat/api.ts";
import { createChat } from "../chat/chat.ts";
import { running } from "../chat/conversation.ts";
import { createStore } from "../chat/storage.ts";
import { createTabMemory } from "../chat/tab.ts";
import { h, applyStyles } from "../launcher/dependencies.ts";
import type { Frame, Panel } from "../launcher/frame.ts";
import { pickLocale } from "../strings.ts";
import { fetchDrawing } from "./answer.ts";
import { createBanner } from "./banner.ts";
import { createChoices } from "./choices.ts";
import { createComposer } from "./composer.ts";
import { createConsent } from "./consent.ts";
import { createContext, type Context } from "./context.ts";
import { createDialog } from "./dialog.ts";
import { createFoot } from "./foot.ts";
import { createHeader } from "./header.ts";
import type { TurnHost } from "./host.ts";
import { createMenu } from "./menu.ts";
import { createPainter } from "./painter.ts";
import css from "./panel.css";
import { shield } from "./shield.ts";
import { createTranscript } from "./transcript.ts";
import { createWelcome } from "./welcome.ts";

/** Adds the panel to the launcher's box, closed. */
export async function createPanel(frame: Frame): Promise<Panel> {
  return build(await createContext(frame));
}

function build(context: Context): Panel {
  const { config, strings, shadow, box, key, inline, language, lifetime, emit } = context;
  let focused: HTMLElement | null = null;

  const store = createStore(key);
  const consent = createConsent(context, store, agreed);
  const memory = createTabMemory(key, context.count, consent.isGiven);
  const painter = createPainter(draw);
  const api = createApi(context.api, language, context.page, lifetime);
  const chat = createChat(api, store, key, painter.soon, emit, lifetime);

  const spoken = h("div.vh", { role: "status" });
  const banner = createBanner();
  const composer = createComposer(context, { submit: send, cancel: chat.stop, typing: write }, memory.draft);
  const menu = createMenu(strings.$more, createChoices(strings, chat, memory, { tell, done }), lifetime);
  const header = createHeader(context, menu);
  const welcome = createWelcome(context, ask, expectAnswer);
  const host: TurnHost = {
    config,
    strings,
    ask,
    rate,
    focusField,
    again: chat.again,
    isOffline: chat.isOffline,
    announce: sentence => spoken.replaceChildren(sentence),
    locale: pickLocale(language, ...navigator.languages, document.documentElement.lang),
  };
  const transcript = createTranscript(host, welcome);
  const foot = createFoot(context, transcript.news, banner, composer, consent);
  const parts = [header.element, menu.element, transcript.element, foot.element, spoken];
  const dialog = createDialog(context, menu, header.closeButton, parts);

  shield(shadow, lifetime, target => {
    focused = target;
    if (welcome.offers(target)) expectAnswer();
  });
  for (const name of ["online", "offline"]) addEventListener(name, painter.soon, { signal: lifetime });
  document.addEventListener("visibilitychange", comeBack, { signal: lifetime });
  lifetime.addEventListener("abort", applyStyles(shadow, css));
  box.append(dialog.element);
  composer.fit();
  painter.now();
  // The visitor returns to a conversation: the answers' renderer is loaded with it.
  if (store.read().token) fetchDrawing();

  return { open, close, send, restore, reset: chat.reset, load: chat.load };

  function open(focus: boolean): void {
    if (!dialog.isOpen()) {
      dialog.open();
      if (!inline && (focus || memory.isUsed())) memory.use({ open: true });
      // The history is not news.
      transcript.announce(false);
      void chat.load().finally(() => setTimeout(() => transcript.announce(true), 500));
    }
    if (!focus) return;
    focusField();
    // Opened by the visitor: a question is likely.
    if (navigator.userActivation?.isActive) prepare();
  }

  function close(): void {
    memory.use({ open: false });
    dialog.close();
    // A chat that opens by itself does so until the visitor has closed it.
    if (config.behavior?.openAfter) store.change({});
  }

  /** The page has moved it, which makes the browser forget what is modal, focused and scrolled. */
  function restore(): void {
    const before = focused;
    dialog.moved();
    transcript.restore();
    if ([document.body, shadow.host].includes(document.activeElement as HTMLElement)) before?.focus();
  }

  /** Focuses the field. On touch screens that would open the keyboard over the content, so there the dialog gets the focus. */
  function focusField(): void {
    (composer.element.hidden || matchMedia("(pointer: coarse)").matches ? dialog.element : composer).focus();
  }

  function ask(question: string): void {
    send(question);
    focusField();
  }

  function send(text: string): boolean {
    if (!consent.isGiven() || !chat.ask(text)) return false;
    banner.clear();
    transcript.resume();
    return true;
  }

  function write(text: string): void {
    if (text) expectAnswer();
    memory.use({ draft: text });
  }

  function prepare(): void {
    if (consent.isGiven()) chat.prepare();
  }

  /** A question is being sent, and its answer will have to be rendered. */
  function expectAnswer(): void {
    prepare();
    fetchDrawing();
  }

  function agreed(): void {
    memory.use({ open: !inline });
    done("");
  }

  async function rate(...rating: Parameters<TurnHost["rate"]>): Promise<boolean> {
    const taken = await chat.rate(...rating);
    if (!taken) tell(strings.$network);
    return taken;
  }

  /** A late answer may have arrived while the visitor was elsewhere. */
  function comeBack(): void {
    if (!document.hidden && dialog.isOpen() && !running(chat.conversation())) void chat.load();
  }

  function done(message: string): void {
    tell(message);
    focusField();
  }

  /** A message above the field, and the visitor's possible answers. */
  function tell(message: string, ...answers: HTMLElement[]): void {
    banner.tell(message, answers);
    painter.now();
  }

  function draw(): void {
    const turns = chat.conversation();
    transcript.draw(turns);
    memory.see(turns, chat.isOurs, dialog.isOpen());
    foot.draw(chat, dialog.element);
  }
}
