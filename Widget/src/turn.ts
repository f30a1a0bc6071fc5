import type { Config } from "./config.ts";
import type { Feedback, Turn } from "./conversation.ts";
import { fill, h, icon, set } from "./kit.ts";
import { arrow, bang, check, copy, thumb } from "./icons.ts";
import { anchor, createAnswer } from "./render.ts";
import type { Strings } from "./strings.ts";

/** What a turn needs of its panel. */
export type Host = {
  readonly config: Config;
  readonly strings: Strings;
  readonly again: (key: string) => void;
  readonly rate: (key: string, value: Feedback, comment?: string) => void;
  readonly ask: (question: string) => void;
  readonly say: (sentence: string) => void;
};

export type TurnView = ReturnType<typeof createTurn>;

/** A question, what became of it, and what the visitor can do with the answer. */
export function createTurn({ config, strings, again, rate, ask, say }: Host) {
  const me = h("div", { "data-author": "visitor" });
  const stateLine = h("div");
  const speaker = h("span", { class: "vh" });
  const dots = h("div", { class: "dots" }, h("i"), h("i"), h("i"), h("span"));
  const answerView = createAnswer(copyButton);
  const bot = h("div", {}, speaker, dots, answerView.element);
  // Buttons are found, not announced.
  const after = h("div", { class: "turn", "aria-live": "off" });
  // What the visitor added to a thumb.
  const said = h("q", { dir: "auto" });
  let thumbs: HTMLElement[] = [];
  let pills: HTMLElement | null = null;
  let timers: number[] = [];
  let shown: Turn | null = null;
  let told = 0;

  return { element: h("div", { class: "turn" }, me, stateLine, bot, after), show, end };

  function show(turn: Turn, last: boolean): void {
    const before = shown;
    const growing = turn.status === "streaming";
    shown = turn;
    if (!before) me.append(h("span", { class: "vh" }, `${strings.$you}: `), h("div", { dir: "auto" }, turn.question));
    if (turn.status !== before?.status || turn.id !== before.id) settle(turn);

    // A failed question has the client's fallback text for its answer.
    bot.hidden = !turn.answer && dots.hidden;
    if (turn !== before) answerView.show(turn.answer, growing);
    if (growing || before?.status === "streaming") tell(growing);
    thumbs.forEach((button, n) => set(button, "aria-pressed", String(turn.feedback === ["up", "down"][n])));
    said.textContent = turn.comment;
    said.hidden = !turn.comment;
    if (pills) pills.hidden = !last;
  }

  function end(): void {
    timers.forEach(clearTimeout);
  }

  function settle(turn: Turn): void {
    const { status, author, key } = turn;
    const waiting = status === "waiting";
    const failed = status === "failed" || status === "stopped";
    me.className = `me ${failed ? "off" : status}`;
    bot.className = `bot ${status}`;
    // Streamed words are announced by the sentence, elsewhere; letter by letter nobody could follow.
    if (waiting || status === "streaming") set(bot, "aria-live", !waiting && "off");
    set(bot, "data-author", author);
    speaker.textContent = `${author === "ai" ? strings.$bot : strings.$person}: `;

    end();
    dots.hidden = !waiting;
    const words = dots.lastChild!;
    words.textContent = "";
    if (waiting) {
      told = 0;
      timers = ([[3000, strings.$thinking], [12_000, strings.$still]] as const).map(([after, text]) => window.setTimeout(() => { words.textContent = text; }, after));
    }

    stateLine.className = `state ${status}`;
    stateLine.hidden = !failed && status !== "queued";
    const why = failed ? (turn.problem ? strings[turn.problem] : strings.$stopped) : strings.$queued;
    stateLine.replaceChildren(...(failed ? [icon(bang)] : []), fill(why, { seconds: turn.seconds || 30, limit: 4000 }),
      ...(failed ? [h("button", { click: () => again(key) }, strings.$again)] : []));
    after.replaceChildren(...(status === "answered" ? tools(turn) : []));
  }

  function tools({ key, id, answer, sources, suggestions }: Turn): HTMLElement[] {
    thumbs = config.behaviour?.feedback === false || !id ? [] : (["up", "down"] as const).map(value =>
      tool(value === "up" ? strings.$helpful : strings.$unhelpful, thumb, () => {
        const next = shown!.feedback === value ? null : value;
        rate(key, next);
        askWhy(key, next === "down" && config.behaviour?.comments !== false);
      }));
    pills = h("div", { class: "pills" }, ...suggestions.map(text => h("button", { class: "pill", click: () => ask(text) }, text)));
    const found = h("details", {}, h("summary", {}, `${strings.$sources} · ${sources.length}`), h("ul", {}, ...sources.map(({ title, url }) => h("li", {}, ...anchor(url, [title || url])))));
    return [h("div", { class: "tools" }, ...thumbs, copyButton(answer), sources.length > 0 && found), said, pills];
  }

  function askWhy(key: string, ask: boolean): void {
    after.querySelector(".more")?.remove();
    if (!ask) return;
    const input = h("input", { "aria-label": strings.$missing, placeholder: strings.$missing, maxlength: 1000, dir: "auto" });
    const done = () => {
      if (!input.value.trim()) return;
      rate(key, "down", input.value.trim());
      line.remove();
    };
    const line = h("div", { class: "more" }, input, h("button", { class: "pill", click: done }, strings.$send));
    input.onkeydown = event => { if (event.key === "Enter" && !event.isComposing) done(); };
    after.firstChild!.after(line);
    input.focus();
  }

  function tell(growing: boolean): void {
    const rest = answerView.element.textContent!.slice(told);
    const end = growing ? /^[^]*[.!?。！？؟](?=\s|$)/.exec(rest)?.[0].length ?? 0 : rest.length;
    if (end > 0) say(rest.slice(0, end));
    told += end;
  }

  function copyButton(text: string): HTMLElement | null {
    const button = tool(strings.$copy, copy, async () => {
      await navigator.clipboard.writeText(text);
      button.replaceChildren(icon(check));
      say(strings.$copied);
    });
    // The clipboard exists on https pages only.
    return navigator.clipboard ? button : null;
  }
}

/** A button that is a drawing; its words are for those who do not see it. */
export function tool(label: string, path: string, click: () => void): HTMLButtonElement {
  return h("button", { class: "icon", "aria-label": label, click }, icon(path));
}

/** The questions a visitor can begin with. */
export function suggestionCard(title: string, questions: readonly string[], ask: (question: string) => void): HTMLElement {
  return h("div", { class: "card" }, h("h3", {}, title), ...questions.map(question => h("button", { click: () => ask(question) }, h("span", { dir: "auto" }, question), icon(arrow))));
}
