// The page in the preview's frame. It shows the widget again when the form beside it has changed the draft.
// Whoever holds the frame says so by events on this document: "preview-refresh", "preview-restart", and "preview-state" with "open" or "closed".

const root = document.documentElement;
const widget = () => document.querySelector("chat-portal-widget");
let open = root.dataset.chat !== "closed";
let work = Promise.resolve();

// One after the other: a second change while the first is drawn waits for it.
const then = next => (work = work.then(next, next));

/** Resolves when the widget knows its config, or cannot have it. */
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

/** The same widget once more, over the old one, which goes when the new one stands: nothing flickers, and what was said is there again. */
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
