import { longest } from "./chat.ts";
import { h, icon, redraw, set } from "./kit.ts";
import { send as arrow, stop } from "./icons.ts";
import { fill, type Strings } from "./strings.ts";

/** The field: one to five lines, Enter sends, Shift+Enter is a new line. */
export function createComposer(strings: Strings, placeholder: string, submit: (text: string) => boolean, cancel: () => void, typing: () => void) {
  let busy = false;
  // No form: a frame that may not submit any can still ask.
  const button = h("button.icon send", { click: () => (busy ? cancel() : send()) }, icon(arrow));
  const input = h("textarea", { "aria-label": placeholder, placeholder, enterkeyhint: "send" });
  const tooLong = h("div.strip bad", { role: "alert" });
  const element = h("div", tooLong, h("div.field", input, button));

  input.onkeydown = event => {
    if (!isEnter(event) || event.shiftKey) return;
    event.preventDefault();
    if (!busy) send();
  };
  input.oninput = fit;
  fit();

  return {
    element,
    focus: () => input.focus(),
    show(isBusy: boolean): void {
      if (isBusy === busy) return;
      busy = isBusy;
      redraw(button, busy ? stop : arrow);
      dress();
    },
  };

  function send(): void {
    if (!submit(input.value)) return;
    input.value = "";
    fit();
  }

  function fit(): void {
    const { style, value } = input;
    // An empty field keeps the direction of its placeholder.
    set(input, "dir", value && "auto");
    style.height = "";
    // Nobody needs to lay out the page for an empty field.
    if (value) {
      style.height = `${input.scrollHeight}px`;
      typing();
    }
    dress();
  }

  function dress(): void {
    const { length } = input.value.trim();
    const over = length > longest;
    tooLong.textContent = over ? fill(strings.$long, { limit: longest }) : "";
    tooLong.hidden = !over;
    set(button, "aria-label", busy ? strings.$stop : strings.$send);
    set(button, "aria-disabled", `${!busy && (!length || over)}`);
  }
}

/** Enter, unless it ends what an input method composes. Safari says so by the code of the key only. */
export function isEnter(event: KeyboardEvent): boolean {
  return event.key === "Enter" && !event.isComposing && event.keyCode !== 229;
}
