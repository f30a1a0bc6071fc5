import { anchor } from "../answer/anchor.ts";
import { createAnswer } from "./answer.ts";
import { isEnter } from "./composer.ts";
import type { Config } from "../config.ts";
import type { Feedback, Turn } from "../chat/conversation.ts";
import { h, icon, redraw, set } from "../launcher/dependencies.ts";
import { arrow, bang, check, copy, thumb } from "../icons.ts";
import { why } from "../chat/problems.ts";
import { fill, type Strings } from "../strings.ts";
import { createWhen } from "./when.ts";

/** What a turn needs of its panel. */
export type Host = {
  readonly config: Config;
  readonly strings: Strings;
  readonly locale: string;
  readonly again: (key: string) => void;
  readonly rate: (key: string, value: Feedback, comment?: string) => Promise<boolean>;
  readonly ask: (question: string) => void;
  readonly say: (sentence: string) => void;
  /** What had the focus is gone. */
  readonly goOn: () => void;
};

export type TurnView = ReturnType<typeof createTurn>;

/** A question, what became of it, and what the visitor can do with the answer. */
export function createTurn({ config, strings, locale, again, rate, ask, say, goOn }: Host) {
  const when = createWhen(locale);
  const me = h("div.me", { "data-author": "visitor" });
  const stateLine = h("div.state");
  const who = label("");
  const dots = h("div.dots", h("i"), h("i"), h("i"), h("span"));
  const answerView = createAnswer(text => copyButton(text, `: ${text.slice(0, 40)}`));
  const bot = h("div.bot", who, dots, answerView.element);
  // Buttons are found, not announced.
  const after = h("div.turn", { "aria-live": "off" });
  // What the visitor added to a thumb.
  const said = h("q", { dir: "auto" });
  const element = h("div", when.element, me, stateLine, bot, after);
  let thumbs: (readonly [Feedback, HTMLElement])[] = [];
  let pills: HTMLElement | null = null;
  let timers: ReturnType<typeof setTimeout>[] = [];
  let shown: Turn | null = null;
  let isLast = false;
  let told = 0;
  // Where the visitor says what was missing.
  let line: HTMLElement | undefined;

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
    if (!before) me.append(label(strings.$you), h("div", { dir: "auto" }, turn.question));
    if (status !== before?.status || turn.id !== before.id) settle(turn);

    // A failed question has the client's fallback text for its answer: the portal's, or when it could not be asked, the one we know.
    const answer = turn.answer || /failed|network/.test(`${problem}`) && config.texts?.fallback || "";
    bot.hidden = !answer && dots.hidden;
    if (status !== before?.status || turn.answer !== before.answer) answerView.show(answer, growing);
    if (growing || before?.status === "streaming") tell(growing);
    dress();
  }

  function end(): void {
    timers.forEach(clearTimeout);
  }

  function settle({ status, author, key, problem, seconds }: Turn): void {
    const waiting = status === "waiting";
    const failed = status === "failed" || status === "stopped";
    element.className = `turn ${status}`;
    // Streamed words are announced by the sentence, elsewhere; letter by letter nobody could follow.
    if (waiting || status === "streaming") set(bot, "aria-live", !waiting && "off");
    set(bot, "data-author", author);
    who.textContent = `${speaker(strings, author)}: `;

    end();
    dots.hidden = !waiting;
    const think = (words: string) => { dots.lastChild!.textContent = words; };
    if (waiting) told = 0;
    think("");

    stateLine.hidden = !failed && status !== "queued";
    stateLine.replaceChildren(stateLine.hidden ? "" : fill(!failed ? strings.$queued : problem ? why(strings, problem) : strings.$stopped, { seconds: seconds || 30, limit: 4000 }));
    if (failed) {
      stateLine.prepend(icon(bang));
      stateLine.append(h("button", { click: () => { again(key); goOn(); } }, strings.$again));
    }
    thumbs = [];
    pills = null;
    line = undefined;
    after.replaceChildren();
    const plans: [number, () => void][] = waiting ? [[3000, () => think(strings.$thinking)], [12_000, () => think(strings.$still)]]
      // The answer is there before its buttons are.
      : status === "answered" ? [[100, () => { after.append(...tools()); dress(); }]] : [];
    timers = plans.map(([after, act]) => setTimeout(act, after));
  }

  function dress(): void {
    const { feedback, comment } = shown!;
    for (const [value, button] of thumbs) set(button, "aria-pressed", `${feedback === value}`);
    said.textContent = comment;
    said.hidden = !comment;
    if (pills) pills.hidden = !isLast;
    // Whoever goes on has nothing to add.
    if (line && !isLast) line.hidden = true;
  }

  function tools(): HTMLElement[] {
    const { key, id, answer, sources, suggestions } = shown!;
    const input = h("input", { "aria-label": strings.$missing, placeholder: strings.$missing, maxlength: 1000, dir: "auto" });
    const comment = async () => {
      const text = input.value.trim();
      if (!text) return;
      goOn();
      box.hidden = true;
      // What somebody wrote stays until the portal has it.
      box.hidden = await rate(key, "down", text);
    };
    input.onkeydown = event => { if (isEnter(event)) void comment(); };
    const box = line = h("div.field", { hidden: true }, input, h("button.pill", { click: comment }, strings.$send));
    const kinds = config.behaviour?.feedback === false || !id ? [] : [["up", strings.$helpful], ["down", strings.$unhelpful]] as const;
    thumbs = kinds.map(([value, words]) => [value, tool(words, thumb, () => {
      const next = shown!.feedback === value ? null : value;
      void rate(key, next);
      box.hidden = next !== "down" || config.behaviour?.comments === false;
      if (!box.hidden) input.focus();
    })]);
    pills = h("div.pills", ...suggestions.map(text => h("button.pill", { dir: "auto", click: () => ask(text) }, text)));
    const found = h("details", h("summary", `${strings.$sources} · ${sources.length}`), h("ul", ...sources.map(({ title, url }) => h("li", { dir: "auto" }, ...anchor(url, [title || url])))));
    return [h("div.tools", ...thumbs.map(([, button]) => button), copyButton(answer), sources.length > 0 && found), line, said, pills];
  }

  function tell(growing: boolean): void {
    // Marks are not for the ear: what is drawn in a moment is said then.
    if (growing && answerView.isPlain) return;
    const rest = answerView.element.textContent!.slice(told);
    // In Chinese and Japanese no space follows a sentence.
    const sentences = growing ? /^[^]*([.!?؟](?=\s)|[。！？])/.exec(rest)?.[0] ?? "" : rest;
    if (sentences) say(sentences);
    told += sentences.length;
  }

  function copyButton(text: string, what = ""): HTMLElement | null {
    const button = tool(strings.$copy + what, copy, () => {
      const done = () => {
        redraw(button, check);
        say(strings.$copied);
      };
      // The browser may not allow it.
      navigator.clipboard.writeText(text).then(done, () => 0);
    });
    // The clipboard exists on https pages only.
    return navigator.clipboard ? button : null;
  }
}

export function speaker(strings: Strings, author: Turn["author"]): string {
  return author === "ai" ? strings.$bot : strings.$person;
}

/** Who speaks, for those who do not see it. */
export function label(speaker: string): HTMLElement {
  return h("span.vh", `${speaker}: `);
}

/** A button that is a drawing; its words are for those who do not see it. */
export function tool(words: string, path: string, click: () => void): HTMLButtonElement {
  return h("button.icon", { "aria-label": words, click }, icon(path));
}

/** The questions a visitor can begin with. */
export function suggestionCard(title: string, questions: readonly string[], ask: (question: string) => void): HTMLElement {
  return h("div.card", h("h3", title), ...questions.map(question => h("button", { click: () => ask(question) }, h("span", { dir: "auto" }, question), icon(arrow))));
}
