import { longest } from "../chat/conversation.ts";
import { direction } from "../answer/direction.ts";
import { h, icon, redraw, set } from "../launcher/dependencies.ts";
import { send as arrow, stop } from "../icons.ts";
import { fill, type Strings } from "../strings.ts";

/** The field: one to five lines, Enter sends, Shift+Enter is a new line. */
export function createComposer(strings: Strings, placeholder: string, submit: (text: string) => boolean, cancel: () => void, typing: (text: string) => void, draft = "") {
  let busy = false;
  // No form: a frame that may not submit any can still ask.
  const button = h("button.icon send", { click: () => (busy ? cancel() : send()) }, icon(arrow));
  // While the bot answers, the button stops it; another sends what has been written meanwhile.
  const next = h("button.icon next", { "aria-label": strings.$send, click: send }, icon(arrow));
  const input = h("textarea", { "aria-label": placeholder, placeholder, enterkeyhint: "send" });
  const tooLong = h("div.strip bad", { role: "alert" });
  const element = h("div", tooLong, h("div.field", input, next, button));

  input.onkeydown = event => {
    if (!isEnter(event) || event.shiftKey) return;
    event.preventDefault();
    send();
  };
  input.oninput = () => {
    fit();
    typing(input.value);
  };
  input.value = draft;
  fit();

  return {
    element,
    focus: () => input.focus(),
    fit,
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
    typing("");
    if (next.matches(":focus")) input.focus();
  }

  function fit(): void {
    const { style, value } = input;
    // An empty field has the direction of its placeholder.
    set(input, "dir", value ? "auto" : direction(placeholder));
    style.height = "";
    // Nobody needs to lay out the page for an empty field.
    if (value) style.height = `${input.scrollHeight}px`;
    dress();
  }

  function dress(): void {
    const { length } = input.value.trim();
    const over = length > longest;
    tooLong.textContent = over ? fill(strings.$long, { limit: longest }) : "";
    tooLong.hidden = !over;
    next.hidden = !busy || !length || over;
    set(button, "aria-label", busy ? strings.$stop : strings.$send);
    set(button, "aria-disabled", `${!busy && (!length || over)}`);
  }
}

/** Enter, unless it ends what an input method composes. Safari says so by the code of the key only. */
export function isEnter(event: KeyboardEvent): boolean {
  return event.key === "Enter" && !event.isComposing && event.keyCode !== 229;
}
