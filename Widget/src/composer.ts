import { h, icon } from "./dom.ts";
import { send, stop } from "./icons.ts";
import type { Strings } from "./strings.ts";

export type ComposerEvents = { readonly send: (text: string) => boolean; readonly stop: () => void; readonly typing: () => void };

/** The field: one to five lines, Enter sends, Shift+Enter is a new line. */
export class Composer {
  readonly element: HTMLElement;
  readonly #input: HTMLTextAreaElement;
  readonly #button: HTMLButtonElement;
  readonly #tooLong: HTMLElement;
  readonly #strings: Strings;
  readonly #limit: number;
  readonly #on: ComposerEvents;
  #busy = false;

  constructor(strings: Strings, placeholder: string, limit: number, tooLong: string, on: ComposerEvents) {
    this.#strings = strings;
    this.#limit = limit;
    this.#on = on;
    const hint = placeholder || strings.placeholder;
    this.#input = h("textarea", { rows: 1, "aria-label": hint, placeholder: hint, enterkeyhint: "send", autocomplete: "off", dir: "auto" });
    this.#button = h("button", { class: "send", type: "submit" });
    this.#tooLong = h("div", { class: "strip bad", role: "alert", hidden: true }, tooLong);
    const form = h("form", { class: "field" }, this.#input, this.#button);
    this.element = h("div", {}, this.#tooLong, form);

    form.addEventListener("submit", event => {
      event.preventDefault();
      if (this.#busy) on.stop();
      else this.#send();
    });
    this.#input.addEventListener("keydown", event => {
      // While an input method composes a word, Enter chooses the word.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      if (!this.#busy) this.#send();
    });
    this.#input.addEventListener("input", () => {
      this.#fit();
      on.typing();
    });
    this.#fit();
  }

  focus(): void {
    this.#input.focus({ preventScroll: true });
  }

  set busy(busy: boolean) {
    if (busy === this.#busy && this.#button.firstChild) return;
    this.#busy = busy;
    this.#fit();
  }

  #send(): void {
    if (!this.#ready || !this.#on.send(this.#input.value)) return;
    this.#input.value = "";
    this.#fit();
    this.focus();
  }

  get #ready(): boolean {
    const text = this.#input.value.trim();
    return text !== "" && text.length <= this.#limit;
  }

  #fit(): void {
    this.#input.style.setProperty("height", "auto");
    if (this.#input.scrollHeight > 0) this.#input.style.setProperty("height", `${Math.max(36, this.#input.scrollHeight)}px`);
    else this.#input.style.removeProperty("height");
    this.#tooLong.hidden = this.#input.value.trim().length <= this.#limit;
    this.#button.classList.toggle("stop", this.#busy);
    this.#button.ariaLabel = this.#busy ? this.#strings.stop : this.#strings.send;
    this.#button.ariaDisabled = String(!this.#busy && !this.#ready);
    this.#button.replaceChildren(icon(this.#busy ? stop : send));
  }
}
