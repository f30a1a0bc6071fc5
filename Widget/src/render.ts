import { h } from "./dom.ts";
import type { Inline } from "./inline.ts";
import { pretended, safeUrl } from "./links.ts";
import { parse, settled, type Block } from "./markdown.ts";

/** Draws an answer, and while it grows only what can still change of it. */
export class AnswerView {
  readonly element = h("div", { class: "text" });
  readonly #copyable: (text: string) => Node | null;
  #shown = "";
  #end = 0;
  #tail: Node[] = [];

  /** `copyable` makes the button that copies a piece of code, or nothing. */
  constructor(copyable: (text: string) => Node | null) {
    this.#copyable = copyable;
  }

  show(markdown: string, growing: boolean): void {
    if (!markdown.startsWith(this.#shown) || !growing) {
      this.element.replaceChildren();
      this.#end = 0;
      this.#tail = [];
    }
    for (const node of this.#tail) node.parentNode?.removeChild(node);
    const end = growing ? settled(markdown, this.#end) : this.#end;
    this.element.append(...this.#draw(markdown.slice(this.#end, end)));
    this.#tail = this.#draw(markdown.slice(end));
    this.element.append(...this.#tail);
    this.#end = end;
    this.#shown = markdown;
  }

  #draw(markdown: string): Node[] {
    return parse(markdown).map(block => this.#block(block));
  }

  #block(block: Block): Node {
    switch (block.type) {
      case "paragraph": return h("p", {}, ...words(block.children));
      // The page's own outline is not ours to disturb: an answer starts at the third level.
      case "heading": return h(`h${Math.min(block.level + 2, 6)}` as "h3", {}, ...words(block.children));
      case "rule": return h("hr");
      case "quote": return h("blockquote", {}, ...block.children.map(child => this.#block(child)));
      case "code": return h("div", { class: "code" }, h("pre", { tabindex: 0 }, h("code", {}, block.text)), this.#copyable(block.text));
      case "list": return h(block.ordered ? "ol" : "ul", { start: block.ordered && block.start !== 1 ? block.start : null },
        ...block.items.map(item => h("li", {}, ...item.map(child => this.#block(child)))));
      case "table": return table(block);
    }
  }
}

function table({ rows, align }: Extract<Block, { type: "table" }>): Node {
  const row = (cells: readonly (readonly Inline[])[], tag: "th" | "td") =>
    h("tr", {}, ...cells.map((cell, n) => h(tag, { class: align[n], scope: tag === "th" ? "col" : null }, ...words(cell))));
  const [head = [], ...body] = rows;
  return h("div", { class: "table", tabindex: 0, role: "group" },
    h("table", {}, h("thead", {}, row(head, "th")), h("tbody", {}, ...body.map(cells => row(cells, "td")))));
}

function words(inlines: readonly Inline[]): (Node | string)[] {
  return inlines.flatMap((inline): (Node | string)[] => {
    switch (inline.type) {
      case "text": return [inline.text];
      case "code": return [h("code", {}, inline.text)];
      case "break": return [h("br")];
      case "link": return link(inline.href, words(inline.children));
      default: return [h(inline.type, {}, ...words(inline.children))];
    }
  });
}

function link(href: string, children: readonly (Node | string)[]): (Node | string)[] {
  const url = safeUrl(href, location.href);
  if (!url) return [...children];
  const inside = url.origin === location.origin;
  const anchor = h("a", { href: url.href, target: inside ? null : "_blank", rel: "noopener noreferrer nofollow ugc" }, ...children);
  const host = pretended(anchor.textContent ?? "", url);
  return host ? [anchor, ` (${host})`] : [anchor];
}
