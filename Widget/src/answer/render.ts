import { outward } from "./anchor.ts";
import { direction } from "./direction.ts";
import { textOf } from "./inline.ts";
import type { Made, Words } from "./pieces.ts";
import { h, set } from "../launcher/dependencies.ts";
import { createReader, settled } from "./markdown.ts";

// Text whose meaning is not certain yet: half an emoji, and a last line of punctuation only.
const unsure = /[\ud800-\udbff]$|(^|\n)[-+*_=#>|`~:.()[\]\d \t]{0,80}$/;

/**
 * Renders an answer; while it grows, only the part that can still change. Unchanged parts keep their elements, so that the visitor's
 * selection stays. `copyable` creates the button that copies a code block.
 */
export function createAnswer(copyable: (text: string) => Node | null, base = location.href) {
  const element = h("div.text");
  const read = createReader(base);
  // The rendered state: the text, its nodes, and how much of both is final.
  let drawn = "";
  let made: Made[] = [];
  let [from, fixed, complete] = [0, 0, 0];

  return { element, show };

  function show(markdown: string, growing: boolean): void {
    const whole = markdown.replace(/\r\n?/g, "\n");
    const text = growing ? whole.replace(unsure, "$1") : whole;
    for (const button of element.querySelectorAll("button")) button.remove();
    // At the end all of it is parsed, since link references may be defined there.
    if (!growing || !text.startsWith(drawn)) [from, fixed, complete] = [0, 0, 0];
    drawn = text;

    const lines = text.lastIndexOf("\n") + 1;
    const end = from + (growing && lines > complete ? settled(text.slice(from)) : 0);
    const ready = end > from ? read(text.slice(from, end)) : [];
    const next = [...ready, ...read(text.slice(end))];
    patch(element, made.slice(fixed), next, fixed);
    made.splice(fixed, made.length, ...next);
    [from, fixed, complete] = [end, fixed + ready.length, lines];
    if (!growing) for (const code of element.querySelectorAll("pre")) code.after(copyable(code.textContent!) ?? "");
  }
}

/** Updates one list of nodes to match another, and touches only what differs. Nodes that were added by others come after it. */
function patch(parent: Element, old: Words, next: Words, from = 0): void {
  next.forEach((node, at) => {
    const before = old[at];
    const there = parent.childNodes[from + at]!;
    if (typeof node === "string" && typeof before === "string") {
      if (node.startsWith(before)) (there as Text).appendData(node.slice(before.length));
      else (there as Text).data = node;
    } else if (typeof node === "object" && typeof before === "object" && node.tag === before.tag) {
      for (const name in { ...before.attributes, ...node.attributes })
        if (before.attributes[name] !== node.attributes[name]) set(there as Element, name, node.attributes[name]);
      if (node.children === before.children) return;
      patch(
        node.tag === "pre" ? (there as Element).querySelector("code")! : (there as Element),
        before.children,
        node.children,
      );
      turn(there as Element, node);
    } else if (before) there.replaceWith(create(node));
    else parent.insertBefore(create(node), there);
  });
  for (let extra = old.length - next.length; extra > 0; extra--) parent.childNodes[from + next.length]!.remove();
}

function create(node: Made | string): Node {
  if (typeof node === "string") return document.createTextNode(node);
  const { tag, attributes } = node;
  const children = node.children.map(create);
  if (tag === "pre") return h("div.code", h("pre", { tabindex: 0 }, h("code", ...children)), " ");
  // A space after each line, for screen readers that read the text of all elements as one.
  const element = h(
    tag as "p",
    attributes,
    tag === "a" && outward,
    ...children,
    /^(p|li|t[dhr]|h\d)$/.test(tag) && " ",
  );
  turn(element, node);
  return element;
}

/** Each block has its own direction. */
function turn(element: Element, { tag, children }: Made): void {
  if (/^(p|[uo]l|h\d|blockquote|t[dh]|table)$/.test(tag)) set(element, "dir", direction(textOf(children)));
}
