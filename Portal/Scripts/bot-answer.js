// <bot-answer base="the visitor's page">The answer's Markdown</bot-answer>: renders it with the widget's own code, as the visitor saw it,
// with a button that shows the source. Without scripts the source is shown.
import { createAnswer } from "../../Widget/src/answer/render.ts";

class BotAnswer extends HTMLElement {
  #raw = null;

  connectedCallback() {
    if (this.#raw !== null) return;
    this.#raw = this.textContent;
    const answer = createAnswer(() => null, this.getAttribute("base") ?? undefined);
    answer.show(this.#raw, false);
    answer.element.className = "as-seen";
    const plain = Object.assign(document.createElement("div"), {
      className: "as-written",
      textContent: this.#raw,
      hidden: true,
    });
    this.replaceChildren(answer.element, plain);
    // Without Markdown the source looks the same.
    if (answer.element.querySelector("*:not(p, br)") || answer.element.innerText.trim() !== this.#raw.trim())
      this.append(this.#toggle(answer.element, plain));
  }

  #toggle(seen, plain) {
    const button = Object.assign(document.createElement("button"), {
      type: "button",
      className: "btn btn-sm btn-ghost",
      textContent: "View raw text",
    });
    button.addEventListener("click", () => {
      plain.hidden = !plain.hidden;
      seen.hidden = !plain.hidden;
      button.textContent = plain.hidden ? "View raw text" : "View formatted";
    });
    return button;
  }
}

customElements.define("bot-answer", BotAnswer);
