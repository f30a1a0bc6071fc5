import { longest, type Turn } from "../chat/conversation.ts";
import { why } from "../chat/problems.ts";
import { bang } from "../icons.ts";
import { h, icon, set } from "../launcher/dependencies.ts";
import { fill } from "../strings.ts";
import { createAnnouncer } from "./announcer.ts";
import { createAnswer } from "./answer.ts";
import { copyButton, speakerLabel, speakerName } from "./controls.ts";
import type { TurnHost } from "./host.ts";
import { createTools, type Tools } from "./tools.ts";
import { createWhen } from "./when.ts";

export type TurnView = ReturnType<typeof createTurn>;

/** A question, its answer, and the visitor's actions on it. */
export function createTurn(host: TurnHost) {
  const { config, strings, locale, announce } = host;
  const when = createWhen(locale);
  const announcer = createAnnouncer(announce);
  const me = h("div.me", { "data-author": "visitor" });
  const state = h("div.state");
  const who = speakerLabel("");
  const dots = h("div.dots", h("i"), h("i"), h("i"), h("span"));
  const answerView = createAnswer(code => copyButton(strings, code, announce, `: ${code.slice(0, 40)}`));
  const bot = h("div.bot", who, dots, answerView.element);
  // Buttons are found, not announced.
  const after = h("div.turn", { "aria-live": "off" });
  const element = h("div", when.element, me, state, bot, after);
  let tools: Tools | null = null;
  let timers: ReturnType<typeof setTimeout>[] = [];
  let shown: Turn | null = null;
  let isLast = false;

  return { element, bot, show, end };

  /** `before`: when the question before it was asked. */
  function show(turn: Turn, last: boolean, before: number | undefined): void {
    when.show(turn.at, before);
    draw(turn, last);
  }

  function draw(turn: Turn, last: boolean): void {
    const before = shown;
    const { status, problem } = turn;
    const growing = status === "streaming";
    shown = turn;
    isLast = last;
    if (!before) me.append(speakerLabel(strings.$you), h("div", { dir: "auto" }, turn.question));
    if (status !== before?.status || turn.id !== before.id) settle(turn);
    if (status === "queued") wait();

    // The answer to a failed question is the client's fallback message: the one that the portal sent or, if it could not be reached, the
    // one of the config.
    const answer = turn.answer || (/failed|network/.test(`${problem}`) && config.texts?.fallback) || "";
    bot.hidden = !answer && dots.hidden;
    if (status !== before?.status || turn.answer !== before.answer) answerView.show(answer, growing);
    // Markdown characters should not be read aloud: what is rendered in a moment is announced then.
    if ((growing || before?.status === "streaming") && !(growing && answerView.isPlain))
      announcer.tell(answerView.element.textContent!, growing);
    render();
  }

  function render(): void {
    tools?.show(shown!, isLast);
  }

  function end(): void {
    timers.forEach(clearTimeout);
  }

  /** Its state has changed. */
  function settle(turn: Turn): void {
    const { status, author } = turn;
    const waiting = status === "waiting";
    element.className = `turn ${status}`;
    // Streamed text is announced by the sentence, elsewhere.
    if (waiting || status === "streaming") set(bot, "aria-live", !waiting && "off");
    set(bot, "data-author", author);
    who.textContent = `${speakerName(strings, author)}: `;
    dots.hidden = !waiting;
    if (waiting) announcer.begin();
    think("");
    explain(turn);
    tools = null;
    after.replaceChildren();

    end();
    if (waiting)
      timers = [setTimeout(() => think(strings.$thinking), 3000), setTimeout(() => think(strings.$still), 12_000)];
    // The answer appears before its buttons do.
    else if (status === "answered") timers = [setTimeout(addTools, 100)];
  }

  function think(words: string): void {
    dots.lastChild!.textContent = words;
  }

  /** What it waits for: the connection, which comes and goes meanwhile, or the answer before it. */
  function wait(): void {
    const reason = host.isOffline() ? strings.$queued : strings.$waiting;
    state.hidden = false;
    // The same words again would be announced again.
    if (state.textContent !== reason) state.textContent = reason;
  }

  /** Why there is no answer, and what to do about it. */
  function explain({ status, key, problem, seconds }: Turn): void {
    const failed = status === "failed" || status === "stopped";
    state.hidden = !failed;
    const reason = problem ? why(strings, problem) : strings.$stopped;
    state.replaceChildren(failed ? fill(reason, { seconds: seconds || 30, limit: longest }) : "");
    if (!failed) return;
    const again = () => {
      host.again(key);
      host.focusField();
    };
    state.prepend(icon(bang));
    state.append(h("button", { click: again }, strings.$again));
  }

  function addTools(): void {
    tools = createTools(host, shown!);
    after.append(...tools.elements);
    render();
  }
}
