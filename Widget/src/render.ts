import { h } from "./kit.ts";
import { pretended, safeUrl } from "./links.ts";
import { parse, settled } from "./markdown.ts";

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
    return parse<ChildNode>(markdown, {
      element: (tag, attributes, ...children) => h(tag as "p", attributes, ...children),
      link: anchor,
      code: text => h("div", { class: "code" }, h("pre", { tabindex: 0 }, h("code", {}, text)), copyable(text)),
    });
  }
}

/** A link that opens beside the page, gives nothing of it away, and shows its real host when its text names another. */
export function anchor(href: string, children: readonly (ChildNode | string)[]): (ChildNode | string)[] {
  const url = safeUrl(href, location.href);
  if (!url) return [...children];
  const link = h("a", { href: url.href, target: "_blank", rel: "noopener noreferrer nofollow ugc" }, ...children);
  const host = pretended(link.textContent!, url);
  return host ? [link, ` (${host})`] : [link];
}
