import { h } from "../launcher/dependencies.ts";

export type Banner = ReturnType<typeof createBanner>;

/** What stands above the field: a sentence until the visitor goes on, with what can be answered to it, or how the chat is. */
export function createBanner() {
  const element = h("div.strip", { role: "status" });
  let message = "";
  let answers: readonly HTMLElement[] = [];
  let shown: string | undefined;

  return {
    element,
    tell,
    show,
    clear(): void {
      message = "";
    },
  };

  /** Shown with the next rendering. */
  function tell(text: string, buttons: readonly HTMLElement[]): void {
    message = text;
    answers = buttons;
  }

  /** `states` are shown until they change; `buttons` are the answers to them. */
  function show(states: readonly (string | false)[], buttons: readonly HTMLElement[]): void {
    const sentence = answers.length ? message : [message, ...states].filter(Boolean).join(" ");
    if (sentence === shown) return;
    shown = sentence;
    element.hidden = !sentence;
    element.replaceChildren(h("span", sentence), ...(answers.length ? answers : buttons));
  }
}
