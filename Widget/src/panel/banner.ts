import { h } from "../launcher/dependencies.ts";

/** The line above the field: a message with its buttons until the visitor continues, or the state of the chat. */
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
