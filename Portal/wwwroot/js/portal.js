// Small behaviors as custom elements. Every page works without this file; with it, changes appear sooner and in place.

/** <copy-field><code>text</code><button>…</button></copy-field>: the button copies the text. */
class CopyField extends HTMLElement {
  connectedCallback() {
    this.querySelector("button")?.addEventListener("click", () => this.#copy());
  }

  async #copy() {
    const source = this.querySelector("code, pre, input, textarea");
    const label = this.querySelector("button span") ?? this.querySelector("button");
    const text = source.value ?? source.textContent;
    try {
      await navigator.clipboard.writeText(text.trim());
    } catch {
      // Without the permission, or on plain http: select it, so that the keyboard can copy.
      getSelection().selectAllChildren(source);
      source.select?.();
      toast(`Press ${/Mac|iP/.test(navigator.platform) ? "⌘C" : "Ctrl+C"} to copy`);
      return;
    }

    const before = (this.dataset.label ??= label.textContent);
    label.textContent = "Copied";
    clearTimeout(this.timer);
    this.timer = setTimeout(() => (label.textContent = before), 2000);
  }
}

/** <drop-menu><details>…</details></drop-menu>: closes on Escape, on a click elsewhere and when the focus leaves. */
class DropMenu extends HTMLElement {
  #leaving = null;

  connectedCallback() {
    this.#leaving = new AbortController();
    const { signal } = this.#leaving;
    const details = this.querySelector("details");
    const close = () => details.removeAttribute("open");

    document.addEventListener("pointerdown", event => this.contains(event.target) || close(), { signal });
    this.addEventListener("focusout", event => event.relatedTarget && !this.contains(event.relatedTarget) && close(), {
      signal,
    });
    this.addEventListener(
      "keydown",
      event => {
        if (event.key === "Escape" && details.open) {
          close();
          details.querySelector("summary").focus();
        }
      },
      { signal },
    );
  }

  disconnectedCallback() {
    this.#leaving?.abort();
  }
}

/** <theme-switch><form>…: applies the choice at once and saves it in the background. */
class ThemeSwitch extends HTMLElement {
  connectedCallback() {
    this.querySelector("form").addEventListener("submit", event => this.#choose(event));
  }

  #choose(event) {
    event.preventDefault();
    const theme = event.submitter.value;
    if (theme === "system") {
      document.documentElement.removeAttribute("data-bs-theme");
    } else {
      document.documentElement.dataset.bsTheme = theme;
    }

    for (const button of document.querySelectorAll("theme-switch button")) {
      button.setAttribute("aria-pressed", String(button.value === theme));
    }

    document.dispatchEvent(new Event("themechange"));
    fetch(event.target.action, {
      method: "POST",
      body: new FormData(event.target, event.submitter),
      redirect: "manual",
    }).catch(() => toast("Couldn’t save your theme.", { bad: true }));
  }
}

/**
 * <ask-first><button>Delete…</button><dialog class="ask">…</dialog></ask-first>: the button opens the confirmation. It contains a form that
 * does the action, and a button of type "button" that cancels. Without scripts the dialog is never shown, so an important action needs a
 * page of its own.
 */
class AskFirst extends HTMLElement {
  connectedCallback() {
    const dialog = this.querySelector("dialog");
    this.querySelector("button").addEventListener("click", () => dialog.showModal());
    dialog.addEventListener("click", event => {
      if (event.target === dialog || event.target.closest("[data-close]")) {
        dialog.close();
      }
    });
  }
}

/** <toast-list>: short messages at the bottom. Its children are the messages from the server. */
class ToastList extends HTMLElement {
  connectedCallback() {
    for (const child of [...this.children]) {
      this.#expire(child);
    }
  }

  show(text, { bad = false } = {}) {
    const item = document.createElement("div");
    item.textContent = text;
    if (bad) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "Close";
      button.addEventListener("click", () => item.remove());
      item.append(button);
    } else {
      this.#expire(item);
    }

    this.append(item);
  }

  #expire(item) {
    let timer;
    const start = () => (timer = setTimeout(() => item.remove(), 5000));
    item.addEventListener("pointerenter", () => clearTimeout(timer));
    item.addEventListener("pointerleave", start);
    start();
  }
}

/** <open-chat>: opens the widget of this page by itself if there is room beside the text. */
class OpenChat extends HTMLElement {
  connectedCallback() {
    if (matchMedia("(min-width: 901px)").matches) {
      (globalThis.ChatPortal ??= []).push(["open", false]);
    }
  }
}

/** <demo-view>: tells the portal that somebody views this demo. Not while a browser only prerenders the page, and not in the background. */
class DemoView extends HTMLElement {
  connectedCallback() {
    const look = () => {
      if (document.prerendering || document.visibilityState !== "visible" || this.told) {
        return;
      }

      this.told = true;
      const headers = { RequestVerificationToken: document.querySelector('meta[name="csrf"]').content };
      fetch(`${location.pathname}?handler=View`, { method: "POST", headers, keepalive: true }).catch(() => {});
    };
    document.addEventListener("visibilitychange", look);
    document.addEventListener("prerenderingchange", look);
    look();
  }
}

/** <messages-left count="199">: how many messages a demo has left, as they are sent. */
class MessagesLeft extends HTMLElement {
  connectedCallback() {
    (globalThis.ChatPortal ??= []).push(["on", "message", () => this.show(this.left - 1)]);
  }

  get left() {
    return Number(this.getAttribute("count"));
  }

  show(left) {
    this.setAttribute("count", Math.max(0, left));
    this.textContent = `${this.left} ${this.left === 1 ? "message" : "messages"} left`;
  }
}

// A suggestion on a demo's page sends itself as a question.
document.addEventListener("click", event => {
  const question = event.target.closest?.("[data-chat-ask]");
  if (question) {
    (globalThis.ChatPortal ??= []).push(["send", question.textContent]);
  }
});

export const toast = (text, options) => document.querySelector("toast-list")?.show(text, options);

customElements.define("copy-field", CopyField);
customElements.define("drop-menu", DropMenu);
customElements.define("theme-switch", ThemeSwitch);
customElements.define("ask-first", AskFirst);
customElements.define("toast-list", ToastList);
customElements.define("open-chat", OpenChat);
customElements.define("demo-view", DemoView);
customElements.define("messages-left", MessagesLeft);

// A pressed button shows that it was pressed if the response takes noticeably long.
document.addEventListener("submit", event => {
  const button = event.submitter;
  if (event.defaultPrevented || !button?.matches(".btn-primary")) {
    return;
  }

  setTimeout(() => button.setAttribute("aria-busy", "true"), 400);
  addEventListener("pageshow", () => button.removeAttribute("aria-busy"), { once: true });
});

// Forms carry their own token; this is for the few htmx elements outside one.
document.addEventListener("htmx:configRequest", event => {
  if (event.detail.verb !== "get" && !event.detail.parameters.has?.("__RequestVerificationToken")) {
    event.detail.headers.RequestVerificationToken = document.querySelector('meta[name="csrf"]').content;
  }
});

// Messages that came with a fragment, in its HX-Trigger header.
document.addEventListener("toast", event => toast(event.detail.value));

document.addEventListener("htmx:sendError", event => {
  const what = event.detail.requestConfig.verb === "get" ? "load" : "save";
  toast(`Couldn’t ${what}. Check your connection and try again.`, { bad: true });
});
document.addEventListener("htmx:responseError", event => {
  const words = {
    403: "You don’t have permission to do that.",
    404: "This no longer exists. Reload the page.",
    429: "Too many attempts. Please wait a moment.",
  };
  toast(words[event.detail.xhr.status] ?? "Something went wrong. Please try again.", { bad: true });
});
