import { createApi } from "../chat/api.ts";
import { createChat } from "../chat/chat.ts";
import { running } from "../chat/conversation.ts";
import { why } from "../chat/problems.ts";
import { createStore } from "../chat/storage.ts";
import { createTabMemory } from "../chat/tab.ts";
import { h, applyStyles } from "../launcher/dependencies.ts";
import type { Frame, Panel } from "../launcher/frame.ts";
import { fill, pickLocale } from "../strings.ts";
import { fetchDrawing } from "./answer.ts";
import { createBanner } from "./banner.ts";
import { createComposer } from "./composer.ts";
import { createContext, type Context } from "./context.ts";
import { createDialog } from "./dialog.ts";
import { download } from "./download.ts";
import { createHeader } from "./header.ts";
import { createMenu } from "./menu.ts";
import { createPainter } from "./painter.ts";
import css from "./panel.css";
import { shield } from "./shield.ts";
import { createTranscript } from "./transcript.ts";
import { createWelcome } from "./welcome.ts";

/** Puts the panel into the launcher's box, closed. */
export async function createPanel(frame: Frame): Promise<Panel> {
  return build(await createContext(frame));
}

function build(context: Context): Panel {
  const { config, strings, shadow, box, key, inline, language, business, lifetime, emit } = context;
  const { behavior = {} } = config;
  let focused: HTMLElement | null = null;

  const store = createStore(key);
  const memory = createTabMemory(key, context.count, hasAgreed);
  const painter = createPainter(draw);
  const chat = createChat(
    createApi(context.api, language, context.page, lifetime),
    store,
    key,
    painter.soon,
    emit,
    lifetime,
  );

  const spoken = h("div.vh", { role: "status" });
  const agreement = h("button", { click: agree }, strings.$agree);
  const banner = createBanner();
  const composer = createComposer(context, { submit: send, cancel: chat.stop, typing: write }, memory.draft);
  const menu = createMenu(
    strings.$more,
    [
      [strings.$fresh, startFresh],
      [strings.$download, () => download(chat.conversation(), strings)],
      [strings.$forget, askToForget],
    ],
    lifetime,
  );
  const header = createHeader(context, menu);
  const welcome = createWelcome(context, ask, expectAnswer);
  const transcript = createTranscript(
    {
      config,
      strings,
      ask,
      focusField,
      again: chat.again,
      announce: sentence => spoken.replaceChildren(sentence),
      locale: pickLocale(language, ...navigator.languages, document.documentElement.lang),
      async rate(...rating): Promise<boolean> {
        const taken = await chat.rate(...rating);
        if (!taken) tell(strings.$network);
        return taken;
      },
    },
    welcome,
  );
  const foot = h("div.foot", transcript.news, banner.element, composer.element, h("div.fine", strings.$fine));
  const dialog = createDialog(context, menu, header.closeButton, [
    header.element,
    menu.element,
    transcript.element,
    foot,
    spoken,
  ]);

  shield(shadow, lifetime, target => {
    focused = target;
    if (welcome.offers(target)) expectAnswer();
  });
  for (const name of ["online", "offline"]) addEventListener(name, painter.soon, { signal: lifetime });
  document.addEventListener(
    "visibilitychange",
    () => {
      // A late answer may have arrived while the visitor was elsewhere.
      if (!document.hidden && dialog.isOpen() && !running(chat.conversation())) void chat.load();
    },
    { signal: lifetime },
  );
  lifetime.addEventListener("abort", applyStyles(shadow, css));
  box.append(dialog.element);
  composer.fit();
  painter.now();
  // Somebody comes back to answers: together with them.
  if (store.read().token) fetchDrawing();

  return { open, close, send, restore, reset: chat.reset, load: chat.load };

  function open(focus: boolean): void {
    if (!dialog.isOpen()) {
      dialog.open();
      if (!inline && (focus || memory.isUsed())) memory.use({ open: true });
      // What was said before is not news.
      transcript.announce(false);
      void chat.load().finally(() => setTimeout(() => transcript.announce(true), 500));
    }
    if (!focus) return;
    focusField();
    // By the visitor's own hand: a question is likely.
    if (navigator.userActivation?.isActive) prepare();
  }

  function close(): void {
    memory.use({ open: false });
    dialog.close();
    // A chat that opens by itself does so until the visitor has closed it.
    if (behavior.openAfter) store.change({});
  }

  /** The page has moved it, by which a browser forgets what is modal, focused and scrolled. */
  function restore(): void {
    const before = focused;
    dialog.moved();
    transcript.restore();
    if ([document.body, shadow.host].includes(document.activeElement as HTMLElement)) before?.focus();
  }

  /** Where the visitor goes on: in the field. On touch screens that would throw the keyboard over what is there to read. */
  function focusField(): void {
    (composer.element.hidden || matchMedia("(pointer: coarse)").matches ? dialog.element : composer).focus();
  }

  function ask(question: string): void {
    send(question);
    focusField();
  }

  function send(text: string): boolean {
    if (!hasAgreed() || !chat.ask(text)) return false;
    banner.clear();
    transcript.resume();
    return true;
  }

  function write(text: string): void {
    if (text) expectAnswer();
    memory.use({ draft: text });
  }

  function prepare(): void {
    if (hasAgreed()) chat.prepare();
  }

  /** A question is on its way, and its answer will have to be drawn. */
  function expectAnswer(): void {
    prepare();
    fetchDrawing();
  }

  function hasAgreed(): boolean {
    return !behavior.consent || store.read().agreed;
  }

  function agree(): void {
    store.change({ agreed: true });
    memory.use({ open: !inline });
    done("");
  }

  function startFresh(): void {
    chat.reset();
    memory.forget();
    done("");
  }

  function askToForget(): void {
    const no = h("button", { click: () => done("") }, strings.$cancel);
    const yes = h(
      "button.bad",
      {
        click: () =>
          void chat
            .forget()
            .then(memory.clear)
            .then(
              () => done(strings.$forgotten),
              () => done(strings.$network),
            ),
      },
      strings.$forgetYes,
    );
    tell(strings.$forgetAsk, yes, no);
    no.focus();
  }

  function done(message: string): void {
    tell(message);
    focusField();
  }

  /** One sentence above the field, and what the visitor can answer to it. */
  function tell(message: string, ...answers: HTMLElement[]): void {
    banner.tell(message, answers);
    painter.now();
  }

  function draw(): void {
    const turns = chat.conversation();
    transcript.draw(turns);
    memory.see(turns, chat.isOurs, dialog.isOpen());

    const closedFor = chat.closedFor();
    const asksConsent = !closedFor && !hasAgreed();
    const isShut = asksConsent || closedFor !== null;
    if (isShut && composer.element.contains(shadow.activeElement)) dialog.element.focus();
    composer.element.hidden = isShut;
    composer.show(running(turns) !== undefined);

    const state = closedFor ? why(strings, closedFor) : chat.isOffline() && strings.$offline;
    banner.show([state, asksConsent && fill(strings.$consent, { business })], asksConsent ? [agreement] : []);
  }
}
