import { direction } from "../answer/direction.ts";
import { longest } from "../chat/conversation.ts";
import { send as arrow, stop } from "../icons.ts";
import { h, icon, redraw, set } from "../launcher/dependencies.ts";
import { fill } from "../strings.ts";
import type { Context } from "./context.ts";
import { isEnter } from "./controls.ts";

type Hearer = {
  /** Whether the question was accepted. */
  readonly submit: (text: string) => boolean;
  readonly cancel: () => void;
  readonly typing: (text: string) => void;
};

export type Composer = ReturnType<typeof createComposer>;

/** The field: one to five lines, Enter sends, Shift+Enter is a new line. */
export function createComposer({ config, strings }: Context, { submit, cancel, typing }: Hearer, draft = "") {
  const placeholder = config.texts?.placeholder || strings.$placeholder;
  let isBusy = false;
  // Not a form: a frame that may not submit forms can still send.
  const button = h("button.icon send", { click: () => (isBusy ? cancel() : send()) }, icon(arrow));
  // While the bot answers, the button stops it; another one sends what has been written meanwhile.
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

  return { element, focus: () => input.focus(), fit, show };

  /** While the bot answers it can be stopped. */
  function show(busy: boolean): void {
    if (busy === isBusy) return;
    isBusy = busy;
    redraw(button, busy ? stop : arrow);
    render();
  }

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
    // An empty field needs no layout of the page.
    if (value) style.height = `${input.scrollHeight}px`;
    render();
  }

  function render(): void {
    const { length } = input.value.trim();
    const over = length > longest;
    tooLong.textContent = over ? fill(strings.$long, { limit: longest }) : "";
    tooLong.hidden = !over;
    next.hidden = !isBusy || !length || over;
    set(button, "aria-label", isBusy ? strings.$stop : strings.$send);
    set(button, "aria-disabled", `${!isBusy && (!length || over)}`);
  }
}
