import type { Turn } from "../chat/conversation.ts";
import { arrow, check, copy } from "../icons.ts";
import { h, icon, redraw } from "../launcher/dependencies.ts";
import type { Strings } from "../strings.ts";

/** An icon button; its label is for screen readers. */
export function iconButton(words: string, path: string, click: () => void): HTMLButtonElement {
  return h("button.icon", { "aria-label": words, click }, icon(path));
}

/** Copies a text. `what` distinguishes it from other such buttons; `done` is the text after copying. */
export function copyButton(
  strings: Strings,
  text: string,
  done: (sentence: string) => void,
  what = "",
): HTMLElement | null {
  const copied = () => {
    redraw(button, check);
    done(strings.$copied);
  };
  // The browser may not allow it.
  const button = iconButton(
    strings.$copy + what,
    copy,
    () => void navigator.clipboard.writeText(text).then(copied, () => 0),
  );
  // The clipboard exists on https pages only.
  return navigator.clipboard ? button : null;
}

/** The suggested questions. */
export function suggestionCard(
  title: string,
  questions: readonly string[],
  ask: (question: string) => void,
): HTMLElement {
  return h(
    "div.card",
    h("h3", title),
    ...questions.map(question =>
      h("button", { click: () => ask(question) }, h("span", { dir: "auto" }, question), icon(arrow)),
    ),
  );
}

/** The author, for screen readers. */
export function speakerLabel(speaker: string): HTMLElement {
  return h("span.vh", `${speaker}: `);
}

export function speakerName(strings: Strings, author: Turn["author"]): string {
  return author === "ai" ? strings.$bot : strings.$person;
}

/** Enter, unless it ends the composition of an input method. Safari shows this only in the key code. */
export function isEnter(event: KeyboardEvent): boolean {
  return event.key === "Enter" && !event.isComposing && event.keyCode !== 229;
}
