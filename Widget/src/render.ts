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
  #tail: ChildNode[] = [];

  /** `copyable` makes the button that copies a piece of code, or nothing. */
  constructor(copyable: (text: string) => Node | null) {
    this.#copyable = copyable;
  }

  show(markdown: string, growing: boolean): void {
    if (!growing || !markdown.startsWith(this.#shown)) {
      this.element.replaceChildren();
      this.#end = 0;
    }
    this.#shown = markdown;
    for (const node of this.#tail) node.remove();
    const end = growing ? settled(markdown, this.#end) : 0;
    this.element.append(...this.#draw(markdown.slice(this.#end, end)));
    this.#tail = this.#draw(markdown.slice(end));
    this.element.append(...this.#tail);
    this.#end = end;
  }

  #draw(markdown: string): ChildNode[] {
    return parse(markdown).map(block => this.#block(block));
  }

  #block(block: Block): ChildNode {
    const inner = (blocks: readonly Block[]) => blocks.map(child => this.#block(child));
    switch (block.type) {
      case "p": return h("p", {}, ...words(block.children));
      // The page's own outline is not ours to disturb: an answer starts at the third level.
      case "heading": return h(`h${Math.min(block.level + 2, 6)}` as "h3", {}, ...words(block.children));
      case "hr": return h("hr");
      case "blockquote": return h("blockquote", {}, ...inner(block.blocks));
      case "code": return h("div", { class: "code" }, h("pre", { tabindex: 0 }, h("code", {}, block.text)), this.#copyable(block.text));
      case "list": return h(block.start === null ? "ul" : "ol", { start: block.start }, ...block.items.map(item => h("li", {}, ...inner(item))));
      case "table": return h("div", { class: "table", tabindex: 0 }, h("table", {}, ...block.rows.map((row, at) =>
        h("tr", {}, ...row.map((cell, n) => h(at ? "td" : "th", { class: block.align[n] }, ...words(cell)))))));
    }
  }
}

/** A link that opens beside the page, gives nothing of it away, and shows its real host when its text names another. */
export function anchor(href: string, children: readonly (Node | string)[]): (Node | string)[] {
  const url = safeUrl(href, location.href);
  if (!url) return [...children];
  const link = h("a", { href: url.href, target: "_blank", rel: "noopener noreferrer nofollow ugc" }, ...children);
  const host = pretended(link.textContent!, url);
  return host ? [link, ` (${host})`] : [link];
}

function words(inlines: readonly Inline[]): (Node | string)[] {
  return inlines.flatMap((inline): (Node | string)[] => {
    switch (inline.type) {
      case "text": return [inline.text];
      case "code": return [h("code", {}, inline.text)];
      case "br": return [h("br")];
      case "link": return anchor(inline.href, words(inline.children));
      default: return [h(inline.type, {}, ...words(inline.children))];
    }
  });
}
