// Keeps form input from getting lost, and forms from being sent twice. Every page works without this file.

const person = document.querySelector('meta[name="person"]')?.content;
const prefix = "unsaved ";
const kept = "main form[method=post]";
const patience = 10_000;

// How often each form was edited since it was saved.
const edits = new WeakMap();
const sent = new WeakMap();
let leaving = false;

const isKept = form => Boolean(person && form?.matches?.(kept) && !form.closest("[data-unkept]"));
const isDirty = form => (edits.get(form) ?? 0) > 0;
const forms = () => [...document.querySelectorAll(kept)];
const keyOf = form => `${prefix}${location.pathname} ${form.id || forms().indexOf(form)}`;

/** The fields that a person fills in, and the version they were filled in with. Never a password or a code. */
const fieldsOf = form =>
  [...form.elements].filter(
    field =>
      field.name &&
      field.name !== "__RequestVerificationToken" &&
      !["password", "file", "submit", "button"].includes(field.type) &&
      field.autocomplete !== "one-time-code",
  );

function keep(form, state) {
  const fields = fieldsOf(form).map(field => [field.name, field.value, field.checked ?? null]);
  try {
    sessionStorage.setItem(
      keyOf(form),
      JSON.stringify({ person, path: location.pathname, form: form.id || forms().indexOf(form), state, fields }),
    );
  } catch {
    // Without storage there is still the prompt before leaving.
  }
}

function forget(form) {
  edits.delete(form);
  sessionStorage.removeItem(keyOf(form));
}

const entries = () =>
  Object.keys(sessionStorage)
    .filter(key => key.startsWith(prefix))
    .map(key => [key, JSON.parse(sessionStorage.getItem(key))]);

/** Restores input that was interrupted by the end of a session, once the same person has signed in again. */
function restore() {
  for (const [key, entry] of entries()) {
    if (!person) {
      if (entry.state === "sent") {
        sessionStorage.setItem(key, JSON.stringify({ ...entry, state: "interrupted" }));
      }
    } else if (entry.person !== person || entry.state !== "interrupted") {
      sessionStorage.removeItem(key);
    } else if (entry.path === location.pathname) {
      const form = typeof entry.form === "string" ? document.getElementById(entry.form) : forms()[entry.form];
      sessionStorage.removeItem(key);
      if (form && fill(form, entry.fields)) {
        form.dispatchEvent(new Event("input", { bubbles: true }));
        document.dispatchEvent(new CustomEvent("toast", { detail: { value: "Your unsaved changes were restored." } }));
      }
    }
  }
}

function fill(form, fields) {
  let changed = false;
  const left = [...fields];
  for (const field of fieldsOf(form)) {
    const isChoice = field.type === "radio" || field.type === "checkbox";
    const index = left.findIndex(([name, value]) => name === field.name && (!isChoice || value === field.value));
    if (index < 0) {
      continue;
    }

    const [[, value, checked]] = left.splice(index, 1);
    changed ||= isChoice ? field.checked !== checked : field.value !== value;
    if (isChoice) {
      field.checked = checked;
    } else {
      field.value = value;
    }
  }

  return changed;
}

/** A form that came back with errors, or refused, has unsaved input. */
function markRefused() {
  for (const form of forms()) {
    if (isKept(form) && !isDirty(form) && form.querySelector("[aria-invalid=true], [data-unsaved]")) {
      edits.set(form, 1);
    }
  }
}

document.addEventListener("input", event => {
  const form = event.target.form ?? event.target.closest?.("form");
  if (isKept(form) && event.target.type !== "file") {
    edits.set(form, (edits.get(form) ?? 0) + 1);
    keep(form, "typed");
  }
});

// A second click while the first request is in progress.
document.addEventListener(
  "submit",
  event => {
    if (event.target.dataset.sending) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  },
  true,
);

document.addEventListener("submit", event => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") {
    return;
  }

  if (isDirty(form)) {
    keep(form, "sent");
    sent.set(form, true);
  }

  rest(form);
});

const buttonsOf = form => [...form.elements].filter(field => field.type === "submit");

/** Not before the browser has collected the form's data: a disabled button's own value would be missing. */
function rest(form) {
  form.dataset.sending = "true";
  setTimeout(() => buttonsOf(form).forEach(button => (button.disabled = true)));
  setTimeout(() => wake(form), patience);
}

function wake(form) {
  if (form.dataset.sending) {
    delete form.dataset.sending;
    sent.delete(form);
    buttonsOf(form).forEach(button => (button.disabled = false));
  }
}

addEventListener("pageshow", () => forms().forEach(wake));

// htmx sends a form itself, or with another element that includes it.
const formOf = element =>
  element.matches("form")
    ? element
    : (element.form ??
      document.querySelector(element.getAttribute("hx-include")?.match(/^#[\w-]+$/)?.[0] ?? "_")?.closest("form"));
document.addEventListener("htmx:beforeRequest", event => {
  const { elt, requestConfig } = event.detail;
  if (requestConfig.verb === "get") {
    return;
  }

  const form = formOf(elt);
  if (elt === form) {
    form.dataset.sending = "true";
    buttonsOf(form).forEach(button => (button.disabled = true));
  }

  event.detail.xhr.typed = form ? (edits.get(form) ?? 0) : 0;
  event.detail.xhr.keptForm = form;
});
document.addEventListener(
  "htmx:beforeOnLoad",
  event => {
    const { xhr } = event.detail;
    if (xhr.status === 200 && xhr.keptForm && (edits.get(xhr.keptForm) ?? 0) === xhr.typed) {
      forget(xhr.keptForm);
    }

    // The session ended elsewhere: the input of this page is kept until its owner has signed in again.
    if (xhr.status === 401 && xhr.getResponseHeader("HX-Redirect")) {
      leaving = true;
      forms()
        .filter(form => isKept(form) && isDirty(form))
        .forEach(form => keep(form, "interrupted"));
    }
  },
  true,
);
document.addEventListener("htmx:afterRequest", event => event.detail.xhr.keptForm && wake(event.detail.xhr.keptForm));
document.addEventListener("htmx:afterSettle", markRefused);

addEventListener("beforeunload", event => {
  if (!leaving && forms().some(form => isKept(form) && isDirty(form) && !sent.get(form))) {
    event.preventDefault();
  }
});

markRefused();
restore();
