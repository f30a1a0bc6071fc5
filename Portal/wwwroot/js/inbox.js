// The list of conversations by keyboard, and how it stays calm while somebody selects.

/** <conversation-list>: looks for news by itself, but not while conversations are selected, whose boxes it would replace. */
class ConversationList extends HTMLElement {
  connectedCallback() {
    // Also what is on its way already.
    for (const moment of ["htmx:beforeRequest", "htmx:beforeSwap"]) {
      this.addEventListener(moment, event => {
        if (event.detail.elt === this && this.querySelector(".ci-check:checked")) {
          event.preventDefault();
        }
      });
    }
  }
}

/** <conversation-keys>: j and k move, e is done with it, n writes a note, x selects, / searches, ? tells all of these. */
class ConversationKeys extends HTMLElement {
  #leaving = null;

  connectedCallback() {
    this.#leaving = new AbortController();
    document.addEventListener("keydown", event => this.#press(event), { signal: this.#leaving.signal });
  }

  disconnectedCallback() {
    this.#leaving?.abort();
  }

  #press(event) {
    const typing = event.target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable], dialog");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) {
      return;
    }

    const act = {
      j: () => this.#move(1),
      k: () => this.#move(-1),
      e: () => document.querySelector("#mark-done, #reopen")?.click(),
      n: () => this.#focus("#work-note"),
      x: () => this.#current()?.parentElement.querySelector(".ci-check").click(),
      "/": () => this.#focus("[role=search] input"),
      "?": () => this.querySelector("dialog").showModal(),
    }[event.key];
    if (act) {
      event.preventDefault();
      act();
    }
  }

  #current() {
    return document.querySelector(".ci[aria-current]");
  }

  #move(step) {
    const rows = [...document.querySelectorAll(".ci")];
    const at = rows.indexOf(this.#current());
    const next = rows[at < 0 ? 0 : at + step];
    next?.scrollIntoView({ block: "nearest" });
    next?.click();
  }

  #focus(selector) {
    const field = document.querySelector(selector);
    field?.scrollIntoView({ block: "center" });
    field?.focus();
  }
}

/** <print-page><button>: prints what the page shows. */
class PrintPage extends HTMLElement {
  connectedCallback() {
    this.querySelector("button").addEventListener("click", () => print());
  }
}

customElements.define("print-page", PrintPage);
customElements.define("conversation-list", ConversationList);
customElements.define("conversation-keys", ConversationKeys);
