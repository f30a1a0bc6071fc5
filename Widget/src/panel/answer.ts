import { h } from "../launcher/dependencies.ts";

type Drawing = typeof import("../answer/render.ts");

// Parses and renders Markdown. A chat without a question does not need that, so it is a separate file, beside the panel's.
const file = import.meta.url.replace(/(.*)panel([^?]*).*/, "$1answers$2");
const waiting = new Set<() => void>();
let drawing: Drawing | undefined;
let tries = 0;
let failures = 0;

/** Loads it. After a failure it is loaded `again` from another URL, since browsers remember a module that failed to load. */
export function fetchDrawing(again?: boolean): void {
  if (tries > failures || (tries && !again)) return;
  import(tries++ ? `${file}?${tries}` : file).then(
    (module: Drawing) => {
      drawing = module;
      for (const draw of waiting) draw();
      waiting.clear();
    },
    () => {
      failures++;
    },
  );
}

/** An answer: rendered from its Markdown, and until that is possible, as plain text. */
export function createAnswer(copyable: (text: string) => Node | null) {
  const view = { element: h("div.text plain", { dir: "auto" }), isPlain: true, show };
  let shown: Parameters<typeof show> = ["", false];
  let change = (...[text]: typeof shown) => {
    view.element.textContent = text;
  };

  if (drawing) draw();
  else {
    waiting.add(draw);
    fetchDrawing(true);
  }
  return view;

  function show(markdown: string, growing: boolean): void {
    shown = [markdown, growing];
    change(...shown);
  }

  function draw(): void {
    const { element, show } = drawing!.createAnswer(copyable);
    change = show;
    show(...shown);
    view.element.replaceWith(element);
    view.element = element;
    view.isPlain = false;
  }
}
