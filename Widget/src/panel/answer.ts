import { h } from "../launcher/dependencies.ts";

type Drawing = typeof import("../answer/render.ts");

// Reads Markdown and draws it. A chat without a question has no use for that, so it is a file of its own, beside the panel's.
const file = import.meta.url.replace(/(.*)panel([^?]*).*/, "$1answers$2");
const waiting = new Set<() => void>();
let drawing: Drawing | undefined;
let tries = 0;
let failures = 0;

/** Fetches it. What failed is tried `again` under another address, since browsers remember a module that could not be had. */
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

/** An answer: drawn from its Markdown, and for as long as that cannot be done the plain text that it is. */
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
