import { longest } from "./chat.ts";
import { h, icon, set } from "./dom.ts";
import { send, stop } from "./icons.ts";
import { fill, type Strings } from "./strings.ts";

/** The field: one to five lines, Enter sends, Shift+Enter is a new line. */
export class Composer {
  readonly element: HTMLElement;
  readonly #strings: Strings;
  readonly #input: HTMLTextAreaElement;
  readonly #button = h("button");
  readonly #tooLong: HTMLElement;
  #busy = false;

  constructor(strings: Strings, placeholder: string, submit: (text: string) => boolean, cancel: () => void, typing: () => void) {
    this.#strings = strings;
    const input = this.#input = h("textarea", { rows: 1, "aria-label": placeholder, placeholder, enterkeyhint: "send", dir: "auto" });
    const form = h("form", { class: "field" }, input, this.#button);
    this.#tooLong = h("div", { class: "strip bad", role: "alert" });
    this.element = h("div", {}, this.#tooLong, form);

    form.onsubmit = event => {
      event.preventDefault();
      if (this.#busy) return cancel();
      if (!submit(input.value)) return;
      input.value = "";
      this.#fit();
    };
    input.onkeydown = event => {
      // While an input method composes a word, Enter chooses the word.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      if (!this.#busy) form.requestSubmit();
    };
    input.oninput = () => {
      this.#fit();
      typing();
    };
    this.#fit();
  }

  focus(): void {
    this.#input.focus();
  }

  show(busy: boolean): void {
    if (busy === this.#busy) return;
    this.#busy = busy;
    this.#fit();
  }

  #fit(): void {
    const { style, scrollHeight, value } = this.#input;
    const { length } = value.trim();
    style.height = "";
    if (value && scrollHeight) style.height = `${this.#input.scrollHeight}px`;
    const over = length > longest;
    this.#tooLong.textContent = over ? fill(this.#strings.long, { limit: longest }) : "";
    this.#tooLong.hidden = !over;
    const label = this.#busy ? this.#strings.stop : this.#strings.send;
    this.#button.className = `send ${this.#busy ? "stop" : length && !over ? "" : "idle"}`;
    set(this.#button, "aria-label", label);
    this.#button.replaceChildren(icon(this.#busy ? stop : send));
  }
}
