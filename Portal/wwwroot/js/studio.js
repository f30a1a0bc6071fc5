// The Customize page: the preview beside the form, the draft's status, errors beside the fields. Without it, the form is a plain form.

/**
 * <preview-stage>: the frame with the real widget, and the buttons above it. Theme and bot are parameters of the page in the frame, which
 * is reloaded; the rest is sent to it as events.
 */
class PreviewStage extends HTMLElement {
  #frame;

  connectedCallback() {
    this.#frame = this.querySelector("iframe");
    this.addEventListener("click", event => this.#press(event.target.closest("button")));
    this.#frame.addEventListener("preview-told", event => this.#mark("state", event.detail));
    document.addEventListener("draft-saved", () => this.#say("refresh"));
    document.querySelector("[data-stage-open]").addEventListener("click", () => this.#cover(true));
    addEventListener("keydown", event => event.key === "Escape" && this.#cover(false));
    new ResizeObserver(() => this.#fit()).observe(this.querySelector(".stage-bed"));
    this.#fit();
  }

  #press(button) {
    const { device, scheme, state, bot, restart, close } = button?.dataset ?? {};
    if (device) {
      this.#mark("device", device);
      this.classList.toggle("phone", device === "phone");
      this.#fit();
      this.#say("refresh");
    } else if (scheme || bot) {
      this.#mark(scheme ? "scheme" : "bot", scheme ?? bot);
      this.#load();
    } else if (state) {
      this.#mark("state", state);
      this.#say("state", state);
    } else if (restart !== undefined) {
      this.#say("restart");
    } else if (close !== undefined) {
      this.#cover(false);
    }
  }

  #load() {
    const address = new URL(this.#frame.src);
    address.searchParams.set("theme", this.#chosen("scheme"));
    address.searchParams.set("chat", this.#chosen("state"));
    address.searchParams.set("bot", this.#chosen("bot") ?? "own");
    this.#frame.src = address;
  }

  /** A widget that opens in the frame must not take the focus out of the form. */
  #say(what, detail) {
    const typing = document.activeElement;
    this.#frame.inert = typing !== this.#frame;
    this.#frame.contentDocument.dispatchEvent(new CustomEvent(`preview-${what}`, { detail }));
    clearTimeout(this.later);
    this.later = setTimeout(() => {
      this.#frame.inert = false;
      if (document.activeElement === this.#frame && typing !== this.#frame) {
        typing.focus({ preventScroll: true });
      }
    }, 1500);
  }

  #mark(group, value) {
    for (const button of this.querySelectorAll(`button[data-${group}]`)) {
      button.setAttribute("aria-pressed", String(button.dataset[group] === value));
    }
  }

  #chosen(group) {
    return this.querySelector(`button[data-${group}][aria-pressed="true"]`)?.dataset[group];
  }

  /** A website is wider than the space beside the form: it is rendered at its size and scaled down. */
  #fit() {
    const bed = this.querySelector(".stage-bed");
    const device = this.querySelector(".device");
    const style = getComputedStyle(bed);
    const room = bed.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    const scale = Math.min(1, room / (this.classList.contains("phone") ? 366 : 560));
    device.style.setProperty("--scale", scale);
  }

  #cover(on) {
    this.classList.toggle("over", on);
    document.body.classList.toggle("covered", on);
    if (on) {
      this.#fit();
      this.querySelector("[data-close]").focus();
    } else if (getComputedStyle(document.querySelector("[data-stage-open]")).display !== "none") {
      document.querySelector("[data-stage-open]").focus();
    }
  }
}

/** <draft-errors>: moves the draft's errors to their fields while somebody types. */
class DraftErrors extends HTMLElement {
  connectedCallback() {
    document.querySelectorAll("#customize .live-error").forEach(sentence => sentence.remove());
    for (const field of document.querySelectorAll("#customize .is-invalid")) {
      field.classList.remove("is-invalid");
      field.removeAttribute("aria-invalid");
      document.getElementById(`${field.id}-error`)?.remove();
    }

    for (const { dataset, textContent } of this.children) {
      const field = document.getElementById(dataset.field);
      if (!field) {
        continue;
      }

      const sentence = document.createElement("div");
      sentence.id = `${field.id}-error`;
      sentence.className = "invalid-feedback d-block live-error";
      sentence.textContent = textContent;
      (field.closest(".row-x") ?? field).after(sentence);
      field.classList.add("is-invalid");
      field.setAttribute("aria-invalid", "true");
      const described = (field.getAttribute("aria-describedby") ?? "")
        .split(" ")
        .filter(id => id && id !== sentence.id);
      field.setAttribute("aria-describedby", [sentence.id, ...described].join(" "));
    }
  }
}

/** <file-pick>: uploads a chosen file at once. */
class FilePick extends HTMLElement {
  connectedCallback() {
    this.addEventListener("change", event => event.target.form.requestSubmit());
    // A file is not a part of the draft's form.
    this.addEventListener("input", event => event.stopPropagation());
  }
}

customElements.define("preview-stage", PreviewStage);
customElements.define("draft-errors", DraftErrors);
customElements.define("file-pick", FilePick);

// A typed color selects the custom color; a picked one is shown as its hex code.
const hex = document.getElementById("Color");
hex?.addEventListener("input", () => (document.getElementById("Swatch-own").checked = true));
document.querySelector(".swatches")?.addEventListener("change", event => (hex.value = event.target.value));

// The draft's status. Unsaved input triggers the prompt before leaving, as on every page (forms.js).
const autosave = document.getElementById("autosave");
const state = () => document.getElementById("draft-state");
let dirty = 0;

function sign(text, bad = false) {
  state().replaceChildren(state().firstElementChild, ` ${text}`);
  state().classList.toggle("badc", bad);
}

document.querySelector(".studio-form").addEventListener("input", () => dirty++);
autosave.addEventListener("htmx:beforeRequest", () => {
  autosave.typed = dirty;
  clearTimeout(autosave.slow);
  autosave.slow = setTimeout(() => sign("Saving…"), 400);
});
autosave.addEventListener("htmx:afterRequest", event => {
  clearTimeout(autosave.slow);
  if (event.detail.xhr.status === 200 && autosave.typed === dirty) {
    dirty = autosave.typed = 0;
  }
});

// The connection is back: the input is still in the form.
for (const lost of ["htmx:sendError", "htmx:responseError"]) {
  autosave.addEventListener(lost, event => {
    event.stopPropagation();
    sign("Draft not saved. Retrying…", true);
    clearTimeout(autosave.again);
    autosave.again = setTimeout(() => htmx.trigger(autosave, "again"), 4000);
  });
}

document.addEventListener("htmx:beforeOnLoad", event => {
  if (event.target.id === "customize" && event.detail.xhr.status === 200) {
    dirty = 0;
    document.dispatchEvent(new Event("draft-saved"));
  }
});

// Marks the section in view in the list of sections.
const links = [...document.querySelectorAll(".subnav a")];
const mark = () => {
  const passed = links.filter(
    link => document.querySelector(link.hash).getBoundingClientRect().top < innerHeight * 0.45,
  );
  const current = passed.at(-1) ?? links[0];
  links.forEach(link =>
    link === current ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current"),
  );
};
document.addEventListener("scroll", mark, { passive: true });
mark();
