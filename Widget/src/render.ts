import { h } from "./kit.ts";
import { pretended, safeUrl } from "./links.ts";
import { parse, settled } from "./markdown.ts";

/** Draws an answer, and while it grows only what can still change of it. `copyable` makes the button that copies a piece of code. */
export function createAnswer(copyable: (text: string) => Node | null) {
  const element = h("div.text", { dir: "auto" });
  let drawn = 0;
  let head = "";
  let tail: ChildNode[] = [];

  return { element, show };

  function show(markdown: string, growing: boolean): void {
    if (!growing) {
      element.replaceChildren();
      drawn = 0;
      head = "";
    }
    for (const node of tail) node.remove();
    let rest = head + markdown.slice(drawn);
    const part = settled(rest);
    if (growing && part.end > head.length) {
      element.append(...draw(rest.slice(0, part.end)));
      drawn += part.end - head.length;
      head = part.head;
      rest = head + markdown.slice(drawn);
    }
    tail = draw(rest, !growing);
    element.append(...tail);
  }

  function draw(markdown: string, whole = false): ChildNode[] {
    return parse<ChildNode>(markdown, {
      // A space after what is a line of its own, for those who hear the text of all elements as one.
      element: (tag, children, attributes) => h(tag as "p", attributes, ...children, /^(p|li|t.|h\d)$/.test(tag) && " "),
      link: anchor,
      code: text => h("div.code", h("pre", { tabindex: 0 }, h("code", text)), whole && copyable(text), " "),
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
