// The page in the preview's frame. It reloads the widget when the form beside it has changed the draft. The page around the frame sends
// events to this document: "preview-refresh", "preview-restart", and "preview-state" with "open" or "closed".

const root = document.documentElement;
const widget = () => document.querySelector("chat-portal-widget");
let open = root.dataset.chat !== "closed";
let work = Promise.resolve();

// One after the other: a second change waits until the first is rendered.
const then = next => (work = work.then(next, next));

/** Resolves when the widget has its config, or cannot get it. */
const ready = element =>
  new Promise(resolve => ["ready", "error"].forEach(name => element.addEventListener(name, resolve, { once: true })));

function watch(element) {
  element.addEventListener("open", () => tell("open"));
  element.addEventListener("close", () => tell("closed"));
}

function tell(state) {
  open = state === "open";
  root.dataset.chat = state;
  frameElement?.dispatchEvent(new CustomEvent("preview-told", { detail: state }));
}

/**
 * Loads the same widget again over the old one, which is removed when the new one is ready, so that nothing flickers and the conversation
 * stays.
 */
async function refresh() {
  const old = widget();
  const fresh = document.createElement("chat-portal-widget");
  Object.assign(fresh.dataset, old.dataset);
  const known = ready(fresh);
  root.append(fresh);
  await known;
  if (open) {
    await fresh.open(false);
  }

  old.destroy();
  watch(fresh);
}

async function show(state) {
  open = state === "open";
  await (open ? widget().open(false) : widget().close());
}

document.addEventListener("preview-refresh", () => then(refresh));
document.addEventListener("preview-state", event => then(() => show(event.detail)));
document.addEventListener("preview-restart", () =>
  then(async () => {
    await widget().reset();
    await refresh();
  }),
);

then(async () => {
  await customElements.whenDefined("chat-portal-widget");
  // Defined and added by the same script, one right after the other.
  await new Promise(resolve => setTimeout(resolve));
  const first = widget();
  watch(first);
  if (open) {
    await first.open(false);
  }

  tell(open ? "open" : "closed");
});
