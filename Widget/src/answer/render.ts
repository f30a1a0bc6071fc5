import { outward } from "./anchor.ts";
import { direction } from "./direction.ts";
import { textOf, type Made, type Words } from "./inline.ts";
import { h, set } from "../launcher/dependencies.ts";
import { createReader, settled } from "./markdown.ts";

// What cannot be told from text yet: half an emoji, and a last line of nothing but marks.
const unsure = /[\ud800-\udbff]$|(^|\n)[-+*_=#>|`~:.()[\]\d \t]{0,80}$/;

/**
 * Draws an answer, and while it grows only what can still change of it. What stays the same stays the same element, so that what the
 * visitor has selected stays selected. `copyable` makes the button that copies a piece of code.
 */
export function createAnswer(copyable: (text: string) => Node | null, base = location.href) {
  const element = h("div.text");
  const read = createReader(base);
  // What is drawn: its text, what it consists of, and how much of both stays as it is.
  let drawn = "";
  let made: Made[] = [];
  let [from, fixed, complete] = [0, 0, 0];

  return { element, show };

  function show(markdown: string, growing: boolean): void {
    const whole = markdown.replace(/\r\n?/g, "\n");
    const text = growing ? whole.replace(unsure, "$1") : whole;
    for (const button of element.querySelectorAll("button")) button.remove();
    // In the end all of it is read, since links may be described there.
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

/** Makes one row of nodes of another, and touches only what differs. What was drawn in addition stands behind it. */
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
  // A space after what is a line of its own, for those who hear the text of all elements as one.
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

/** Each block runs its own way. */
function turn(element: Element, { tag, children }: Made): void {
  if (/^(p|[uo]l|h\d|blockquote|t[dh]|table)$/.test(tag)) set(element, "dir", direction(textOf(children)));
}
