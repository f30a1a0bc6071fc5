import { isKnownVisitor } from "../chat/storage.ts";
import { peekTab } from "../chat/tab.ts";
import type { Config } from "../config.ts";
import { h, applyStyles } from "../dom.ts";
import { phone } from "../screen.ts";
import { labels } from "../strings.ts";
import { createButton } from "./button.ts";
import { createChunks } from "./chunks.ts";
import { fetchConfig } from "./configuration.ts";
import { createEmit } from "./events.ts";
import type { Panel, PanelChunk } from "./frame.ts";
import { spokenLanguage } from "./language.ts";
import css from "./launcher.css";
import { lazy } from "./lazy.ts";
import { createPainter } from "./look.ts";
import { listenToOpeners } from "./openers.ts";
import { createOpening } from "./opening.ts";
import type { Page } from "./page.ts";
import { script, tag } from "./snippet.ts";
import { stackLaunchers } from "./stacking.ts";

export type Launcher = ReturnType<typeof createLauncher>;

/** The button, and the JavaScript API. The rest is loaded when the visitor first reaches for it. */
export function createLauncher(element: HTMLElement, shadow: ShadowRoot) {
  const { dataset } = element;
  const { widget = "", portal = new URL(script.src).origin, launcher } = dataset;
  const key = `${tag}:${widget}`;
  const api = `${portal.replace(/\/$/, "")}/api/widgets/${widget}/`;
  const inline = "inline" in dataset;
  const lifetime = new AbortController();
  const { signal } = lifetime;
  const chunks = createChunks();
  const emit = createEmit(element, widget);
  const configure = lazy(readConfig);
  const load = lazy(fetchPanel);
  const button = createButton(
    () => labels[spokenLanguage(dataset)] ?? "Chat",
    () => opening.toggle(),
  );
  const launch = button._element;
  const box = h("div.w", launch);
  const opening = createOpening(element, shadow, button, load, stack, emit, signal);
  const applyLook = createPainter(box, dataset);
  let place = () => {};
  const isPlaced = new Promise<void>(resolve => {
    place = resolve;
  });
  let published: Config | undefined;
  let page: Page = {};

  offer(!dataset["color"]);
  button._show(false);
  applyLook();
  shadow.replaceChildren(box);
  const removeStyles = applyStyles(shadow, css);
  for (const intent of ["pointerenter", "focus", "touchstart"])
    launch.addEventListener(intent, () => load().catch(() => 0), { passive: true });
  listenToOpeners(element, widget, opening.open, signal);
  if (inline)
    chunks._load("placing").then(
      ({ makeRoom }) => makeRoom(shadow, signal),
      () => 0,
    );
  configure()
    .then(begin)
    .catch(() => 0);

  return { ...opening, setPage, _paint: paint, _placed: placed, _end: end };

  async function readConfig(): Promise<Config> {
    published = await fetchConfig(portal, api, widget, signal, (code, status) => {
      // Switched off or not for this website: nobody should be offered a chat that will not answer.
      launch.hidden ||= status < 500;
      emit("error", { code });
    });
    applyLook(published.look);
    offer(false);
    return published;
  }

  async function fetchPanel(): Promise<Panel> {
    // Nothing can be laid out before.
    await isPlaced;
    chunks._try();
    // Where the config is still on its way, this is a guess that is nearly always right, and need not wait for it.
    chunks._load(spokenLanguage(dataset, published?.texts?.language)).catch(() => 0);
    const { createPanel }: PanelChunk = await chunks._load("panel");
    return createPanel({
      shadow,
      box,
      api,
      key,
      inline,
      lifetime: signal,
      dataset,
      configure,
      chunk: chunks._load,
      count: button._mark,
      page: () => page,
      close: opening.close,
      emit,
    });
  }

  function begin({ behavior }: Config): void {
    emit("ready", {});
    const { open: wasOpen, unread = 0, unseen } = peekTab(key);
    button._mark(unread);
    // What the visitor left open stays so, and what was still to come is fetched.
    const after = inline || wasOpen ? 0 : behavior?.openAfter;
    if (!wasOpen && unseen?.length! > unread)
      load()
        .then(panel => panel.load())
        .catch(() => 0);
    // Once for each visitor, and never full screen on a phone.
    if (after === 0 || (after && !phone.matches && !isKnownVisitor(key)))
      setTimeout(opening._openUnasked, after * 1000);
  }

  function setPage(told: Page): void {
    page = told;
  }

  function paint(): void {
    applyLook();
    stack();
  }

  /** It stands in the page (again). */
  function placed(): void {
    place();
    opening._restore();
    stack();
  }

  function end(): void {
    lifetime.abort();
    removeStyles();
    stack();
  }

  function offer(isUnknown: boolean): void {
    launch.hidden = isUnknown || launcher === "none" || inline;
    stack();
  }

  function stack(): void {
    stackLaunchers(chunks);
  }
}
