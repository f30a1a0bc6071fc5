import { h } from "./kit.ts";
import type { Inline } from "./inline.ts";
import { pretended, safeUrl } from "./links.ts";
import { parse, settled, type Block } from "./markdown.ts";

/** Draws an answer, and while it grows only what can still change of it. `copyable` makes the button that copies a piece of code. */
export function createAnswer(copyable: (text: string) => Node | null) {
  const element = h("div", { class: "text", dir: "auto" });
  let shown = "";
  let drawn = 0;
  let tail: ChildNode[] = [];

  return { element, show };

  function show(markdown: string, growing: boolean): void {
    if (!growing || !markdown.startsWith(shown)) {
      element.replaceChildren();
      drawn = 0;
    }
    shown = markdown;
    for (const node of tail) node.remove();
    const end = growing ? settled(markdown, drawn) : 0;
    element.append(...draw(markdown.slice(drawn, end)));
    tail = draw(markdown.slice(end));
    element.append(...tail);
    drawn = end;
  }

  function draw(markdown: string): ChildNode[] {
    return parse(markdown).map(drawBlock);
  }

  function drawBlock(block: Block): ChildNode {
    const inner = (blocks: readonly Block[]) => blocks.map(drawBlock);
    switch (block.type) {
      case "p": return h("p", {}, ...words(block.children));
      // The page's own outline is not ours to disturb: an answer starts at the third level.
      case "heading": return h(`h${Math.min(block.level + 2, 6)}` as "h3", {}, ...words(block.children));
      case "hr": return h("hr");
      case "blockquote": return h("blockquote", {}, ...inner(block.blocks));
      case "code": return h("div", { class: "code" }, h("pre", { tabindex: 0 }, h("code", {}, block.text)), copyable(block.text));
      case "list": return h(block.start === null ? "ul" : "ol", { start: block.start }, ...block.items.map(item => h("li", {}, ...inner(item))));
      case "table": return h("div", { class: "table", tabindex: 0 }, h("table", {}, ...block.rows.map((row, at) =>
        h("tr", {}, ...row.map(cell => h(at ? "td" : "th", {}, ...words(cell)))))));
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
