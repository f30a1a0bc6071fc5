import { isOpen, type Feedback, type Turn } from "./conversation.ts";
import { h, icon } from "./dom.ts";
import { arrow, bang, check, copy, page, thumb } from "./icons.ts";
import { safeUrl } from "./links.ts";
import { AnswerView } from "./render.ts";
import { fill, type Strings } from "./strings.ts";

export type TurnEvents = {
  readonly again: (key: string) => void;
  readonly rate: (key: string, value: Feedback, comment?: string) => void;
  readonly ask: (question: string) => void;
  readonly say: (sentence: string) => void;
};

export type TurnLook = { readonly strings: Strings; readonly language: string; readonly fallback: string; readonly feedback: boolean; readonly limit: number };

/** A question, what became of it, and what the visitor can do with the answer. */
export class TurnView {
  readonly element = h("div", { class: "turn" });
  readonly #look: TurnLook;
  readonly #on: TurnEvents;
  readonly #me: HTMLElement;
  readonly #state = h("div", { class: "state" });
  readonly #answer = new AnswerView(text => this.#copyButton(text));
  readonly #bot: HTMLElement;
  readonly #dots = h("div", { class: "dots" }, h("i"), h("i"), h("i"), h("span"));
  readonly #after = h("div", { class: "turn", hidden: true });
  #timers: ReturnType<typeof setTimeout>[] = [];
  #shown: Turn | null = null;
  #last = false;
  #told = 0;

  constructor(look: TurnLook, on: TurnEvents) {
    const { strings } = this.#look = look;
    this.#on = on;
    this.#me = h("div", { class: "me", "data-author": "visitor", dir: "auto" });
    this.#bot = h("div", { class: "bot", dir: "auto", hidden: true }, h("span", { class: "vh" }, `${strings.bot}: `), this.#dots, this.#answer.element);
    this.element.append(this.#me, this.#state, this.#bot, this.#after);
  }

  show(turn: Turn, last: boolean): void {
    if (turn === this.#shown && last === this.#last) return;
    const { strings, fallback } = this.#look;
    const before = this.#shown;
    this.#shown = turn;
    this.#last = last;

    if (!before) this.#me.append(h("span", { class: "vh" }, `${strings.you}: `), turn.question);
    this.#me.className = `me${turn.status === "failed" || turn.status === "stopped" ? " off" : turn.status === "queued" ? " queued" : ""}`;
    this.#showState(turn);

    // The fallback text stands for an answer that never came; a full reason such as "too many messages" needs none.
    const text = turn.answer || (turn.status === "failed" && turn.problem === "failed" ? fallback : "");
    const waiting = turn.status === "waiting";
    this.#bot.hidden = !text && !waiting;
    this.#bot.dataset["author"] = turn.author;
    this.#bot.firstChild!.textContent = `${turn.author === "person" ? strings.person : strings.bot}: `;
    this.#bot.classList.toggle("growing", turn.status === "streaming");
    // Streamed words are announced by the sentence, elsewhere; letter by letter nobody could follow.
    this.#bot.ariaLive = turn.status === "streaming" || before?.status === "streaming" ? "off" : null;
    this.#think(waiting);
    if (text !== this.#textOf(before) || turn.status !== before?.status) this.#answer.show(text, turn.status === "streaming");
    this.#announce(turn, before);
    this.#showAfter(turn);
  }

  end(): void {
    this.#think(false);
  }

  #textOf(turn: Turn | null): string {
    return turn?.answer ?? "";
  }

  #showState(turn: Turn): void {
    const { strings, limit } = this.#look;
    const failed = turn.status === "failed" || turn.status === "stopped";
    this.#state.hidden = !failed && turn.status !== "queued";
    this.#state.classList.toggle("bad", turn.status === "failed");
    if (this.#state.hidden) return this.#state.replaceChildren();

    const reasons = { failed: strings.failed, network: strings.network, slow: strings.slow, long: strings.long, off: strings.off, origin: strings.origin };
    const reason = turn.status === "queued" ? strings.queued : turn.status === "stopped" ? strings.stopped : reasons[turn.problem ?? "failed"];
    const again = h("button", { type: "button" }, strings.again);
    again.addEventListener("click", () => this.#on.again(turn.key));
    this.#state.replaceChildren(
      ...(failed ? [icon(bang)] : []), h("span", {}, fill(reason, { seconds: turn.seconds || 30, limit })), ...(failed ? [again] : []));
  }

  #think(on: boolean): void {
    if (on === !this.#dots.hidden && on === this.#timers.length > 0) return;
    this.#timers.forEach(clearTimeout);
    this.#timers = [];
    this.#dots.hidden = !on;
    const words = this.#dots.lastElementChild!;
    words.textContent = "";
    if (!on) return;
    this.#timers = [setTimeout(() => { words.textContent = this.#look.strings.thinking; }, 3000), setTimeout(() => { words.textContent = this.#look.strings.still; }, 12_000)];
  }

  #announce(turn: Turn, before: Turn | null): void {
    if (turn.status === "waiting") this.#told = 0;
    if (turn.status !== "streaming" && before?.status !== "streaming") return;
    const text = this.#answer.element.textContent ?? "";
    const rest = text.slice(this.#told);
    const end = isOpen(turn) ? Math.max(...[". ", "! ", "? ", "。", "！", "？", "؟ "].map(mark => rest.lastIndexOf(mark))) + 1 : rest.length;
    if (end <= 0) return;
    this.#on.say(rest.slice(0, end));
    this.#told += end;
  }

  #showAfter(turn: Turn): void {
    this.#after.hidden = turn.status !== "answered";
    if (this.#after.hidden) return;
    const focused = (this.#after.getRootNode() as ShadowRoot).activeElement?.getAttribute("aria-label");
    const { strings } = this.#look;
    const tools = h("div", { class: "tools" });
    if (this.#look.feedback && turn.id) {
      tools.append(this.#thumb(turn, "up", strings.helpful), this.#thumb(turn, "down", strings.unhelpful));
    }
    const copyAll = this.#copyButton(turn.answer);
    if (copyAll) tools.append(copyAll);

    const parts: HTMLElement[] = [tools];
    if (turn.sources.length > 0) parts.push(this.#sources(turn, tools));
    if (this.#last && turn.suggestions.length > 0) {
      parts.push(h("div", { class: "pills" }, ...turn.suggestions.map(text => {
        const pill = h("button", { class: "pill", type: "button" }, text);
        pill.addEventListener("click", () => this.#on.ask(text));
        return pill;
      })));
    }
    this.#after.replaceChildren(...parts);
    if (focused) this.#after.querySelector<HTMLElement>(`[aria-label="${CSS.escape(focused)}"]`)?.focus();
  }

  #thumb(turn: Turn, value: "up" | "down", label: string): HTMLElement {
    const button = h("button", { type: "button", "aria-label": label, title: label, "aria-pressed": String(turn.feedback === value) }, icon(thumb, value === "down"));
    button.addEventListener("click", () => {
      const next = turn.feedback === value ? null : value;
      this.#on.rate(turn.key, next);
      if (next === "down") this.#askWhy(turn.key);
    });
    return button;
  }

  #askWhy(key: string): void {
    const { strings } = this.#look;
    const input = h("input", { "aria-label": strings.missing, placeholder: strings.missing, maxlength: 1000, enterkeyhint: "send", dir: "auto" });
    const form = h("form", { class: "more" }, input, h("button", { class: "pill" }, strings.send));
    form.addEventListener("submit", event => {
      event.preventDefault();
      const comment = input.value.trim();
      if (!comment) return input.focus();
      this.#on.rate(key, "down", comment);
      form.replaceWith(h("div", { class: "more", role: "status" }, strings.thanks));
    });
    // After the redraw that the rating itself causes, or it would be drawn over.
    this.element.querySelector(".more")?.remove();
    this.element.append(form);
    input.focus();
  }

  #sources(turn: Turn, tools: HTMLElement): HTMLElement {
    const { strings } = this.#look;
    const list = h("ul", { class: "list", hidden: true }, ...turn.sources.map(({ title, url }) => {
      const safe = safeUrl(url, location.href);
      return h("li", {}, safe ? h("a", { href: safe.href, target: "_blank", rel: "noopener noreferrer nofollow ugc" }, title) : title);
    }));
    const button = h("button", { class: "src", type: "button", "aria-expanded": "false" }, icon(page), `${strings.sources} · ${turn.sources.length}`);
    button.addEventListener("click", () => {
      list.hidden = !list.hidden;
      button.ariaExpanded = String(!list.hidden);
    });
    tools.append(button);
    return list;
  }

  #copyButton(text: string): HTMLElement | null {
    // The clipboard exists on https pages only.
    if (!("clipboard" in navigator) || !navigator.clipboard) return null;
    const { strings } = this.#look;
    const button = h("button", { type: "button", "aria-label": strings.copy, title: strings.copy }, icon(copy));
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(text);
        button.replaceChildren(icon(check));
        this.#on.say(strings.copied);
        setTimeout(() => button.replaceChildren(icon(copy)), 1600);
      } catch {
        button.blur();
      }
    });
    return button;
  }
}

/** The questions a visitor can begin with. */
export function suggestionCard(title: string, questions: readonly string[], ask: (question: string) => void): HTMLElement {
  return h("div", { class: "card" }, h("h3", {}, title), ...questions.map(question => {
    const row = h("button", { type: "button" }, h("span", { dir: "auto" }, question), icon(arrow));
    row.addEventListener("click", () => ask(question));
    return row;
  }));
}
