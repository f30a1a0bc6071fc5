import type { Config } from "./config.ts";
import type { Feedback, Turn } from "./conversation.ts";
import { h, icon, set } from "./dom.ts";
import { arrow, bang, check, copy, page, thumb, thumbDown } from "./icons.ts";
import { anchor, AnswerView } from "./render.ts";
import { fill, type Strings } from "./strings.ts";

/** What a turn needs of its panel. */
export type Host = {
  readonly config: Config;
  readonly strings: Strings;
  readonly again: (key: string) => void;
  readonly rate: (key: string, value: Feedback, comment?: string) => void;
  readonly ask: (question: string) => void;
  readonly say: (sentence: string) => void;
};

/** A question, what became of it, and what the visitor can do with the answer. */
export class TurnView {
  readonly element: HTMLElement;
  readonly #host: Host;
  readonly #me = h("div", { "data-author": "visitor", dir: "auto" });
  readonly #state = h("div");
  readonly #name = h("span", { class: "vh" });
  readonly #dots = h("div", { class: "dots" }, h("i"), h("i"), h("i"), h("span"));
  readonly #answer = new AnswerView(text => this.#copyButton(text));
  readonly #bot = h("div", { dir: "auto" }, this.#name, this.#dots, this.#answer.element);
  // Buttons are found, not announced.
  readonly #after = h("div", { class: "turn", "aria-live": "off" });
  #thumbs: HTMLElement[] = [];
  #pills: HTMLElement | null = null;
  #timers: number[] = [];
  #shown: Turn | null = null;
  #told = 0;

  constructor(host: Host) {
    this.#host = host;
    this.element = h("div", { class: "turn" }, this.#me, this.#state, this.#bot, this.#after);
  }

  show(turn: Turn, last: boolean): void {
    const { config, strings } = this.#host;
    const before = this.#shown;
    const growing = turn.status === "streaming";
    this.#shown = turn;
    if (!before) this.#me.append(h("span", { class: "vh" }, `${strings.you}: `), turn.question);
    if (turn.status !== before?.status || turn.id !== before.id) this.#settle(turn);

    // The fallback text stands for an answer that never came; a full reason such as "too many messages" needs none.
    const text = turn.answer || (turn.problem === "failed" ? config.texts?.fallback ?? "" : "");
    this.#bot.hidden = !text && this.#dots.hidden;
    if (turn !== before) this.#answer.show(text, growing);
    if (growing || before?.status === "streaming") this.#tell(growing);
    this.#thumbs.forEach((button, n) => set(button, "aria-pressed", String(turn.feedback === ["up", "down"][n])));
    if (this.#pills) this.#pills.hidden = !last;
  }

  end(): void {
    this.#timers.forEach(clearTimeout);
  }

  #settle(turn: Turn): void {
    const { strings } = this.#host;
    const { status, author, key } = turn;
    const waiting = status === "waiting";
    const failed = status === "failed" || status === "stopped";
    this.#me.className = `me ${failed ? "off" : status}`;
    this.#bot.className = `bot ${status}`;
    // Streamed words are announced by the sentence, elsewhere; letter by letter nobody could follow.
    set(this.#bot, "aria-live", status === "streaming" && "off");
    set(this.#bot, "data-author", author);
    this.#name.textContent = `${author === "ai" ? strings.bot : strings.person}: `;

    this.end();
    this.#dots.hidden = !waiting;
    const words = this.#dots.lastChild!;
    words.textContent = "";
    if (waiting) {
      this.#told = 0;
      this.#timers = ([[3000, strings.thinking], [12_000, strings.still]] as const).map(([after, text]) => window.setTimeout(() => { words.textContent = text; }, after));
    }

    this.#state.className = `state ${status}`;
    this.#state.hidden = !failed && status !== "queued";
    const reason = failed ? (turn.problem ? strings[turn.problem] : strings.stopped) : strings.queued;
    this.#state.replaceChildren(...(failed ? [icon(bang)] : []), fill(reason, { seconds: turn.seconds || 30, limit: 4000 }),
      ...(failed ? [h("button", { click: () => this.#host.again(key) }, strings.again)] : []));
    this.#after.replaceChildren(...(status === "answered" ? this.#tools(turn) : []));
  }

  #tools({ key, id, answer, sources, suggestions }: Turn): HTMLElement[] {
    const { config, strings, rate, ask } = this.#host;
    this.#thumbs = config.behaviour?.feedback === false || !id ? [] : (["up", "down"] as const).map(value =>
      tool(value === "up" ? strings.helpful : strings.unhelpful, value === "up" ? thumb : thumbDown, () => {
        const next = this.#shown!.feedback === value ? null : value;
        rate(key, next);
        this.#askWhy(key, next === "down");
      }));
    this.#pills = h("div", { class: "pills" }, ...suggestions.map(text => h("button", { class: "pill", click: () => ask(text) }, text)));
    const list = h("ul", { class: "list" }, ...sources.map(({ title, url }) => h("li", {}, ...anchor(url, [title || url]))));
    list.hidden = true;
    const more = h("button", { class: "src", "aria-expanded": "false", click: () => {
      list.hidden = !list.hidden;
      set(more, "aria-expanded", String(!list.hidden));
    } }, icon(page), `${strings.sources} · ${sources.length}`);
    return [h("div", { class: "tools" }, ...this.#thumbs, this.#copyButton(answer), sources.length > 0 && more), list, this.#pills];
  }

  #askWhy(key: string, ask: boolean): void {
    const { strings, rate } = this.#host;
    this.#after.querySelector(".more")?.remove();
    if (!ask) return;
    const input = h("input", { "aria-label": strings.missing, placeholder: strings.missing, maxlength: 1000, dir: "auto" });
    const form = h("form", { class: "more" }, input, h("button", { class: "pill" }, strings.send));
    form.onsubmit = event => {
      event.preventDefault();
      if (!input.value.trim()) return;
      rate(key, "down", input.value.trim());
      form.replaceChildren(strings.thanks);
      this.#host.say(strings.thanks);
    };
    this.#after.firstChild!.after(form);
    input.focus();
  }

  #tell(growing: boolean): void {
    const rest = this.#answer.element.textContent!.slice(this.#told);
    const end = growing ? /^[^]*[.!?。！？؟](?=\s|$)/.exec(rest)?.[0].length ?? 0 : rest.length;
    if (end > 0) this.#host.say(rest.slice(0, end));
    this.#told += end;
  }

  #copyButton(text: string): HTMLElement | null {
    const { strings, say } = this.#host;
    const button = tool(strings.copy, copy, async () => {
      await navigator.clipboard.writeText(text);
      button.replaceChildren(icon(check));
      say(strings.copied);
    });
    // The clipboard exists on https pages only.
    return navigator.clipboard ? button : null;
  }
}

/** A button that is a drawing; its words are for those who do not see it. */
export function tool(label: string, path: string, click: () => void): HTMLButtonElement {
  return h("button", { "aria-label": label, title: label, click }, icon(path));
}

/** The questions a visitor can begin with. */
export function suggestionCard(title: string, questions: readonly string[], ask: (question: string) => void): HTMLElement {
  return h("div", { class: "card" }, h("h3", {}, title), ...questions.map(question => h("button", { click: () => ask(question) }, h("span", { dir: "auto" }, question), icon(arrow))));
}
