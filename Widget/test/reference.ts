// What the parsers of CommonMark and of GFM that everybody knows make of an answer, written as ours is.
import { Parser, type Node } from "commonmark";
import { lexer, type MarkedToken, type Token, type Tokens } from "marked";
import type { Made, Words } from "../src/answer/pieces.ts";
import { pretended, safeUrl } from "../src/answer/links.ts";
import { textOf } from "../src/answer/inline.ts";
import { entity } from "../src/answer/entities.ts";
import { page, written } from "./samples.ts";

const element = (tag: string, children: Words, attributes: Made["attributes"] = {}): Made => ({
  tag,
  attributes,
  children,
});

/** Links as we show them: the safe ones, and images as links to them where they stand in none. */
function link(href: string, children: Words, inLink: boolean): Words {
  const shown = children.length ? children : [href];
  const url = inLink ? null : safeUrl(href, page);
  if (!url) return children;
  const host = pretended(textOf(shown), url);
  return [element("a", shown, { href: url.href }), ...(host ? [` (${host})`] : [])];
}

/** Paragraphs of an item are no difference, and neither is whether neighboring texts are one. */
export function comparable(words: Words): string {
  const without = (nodes: Words, inItem: boolean): Words =>
    nodes.flatMap(node => {
      if (typeof node === "string") return [node];
      const children = without(node.children, node.tag === "li");
      return inItem && node.tag === "p" ? children : [{ ...node, children }];
    });
  return written(without(words, false));
}

export function commonmark(markdown: string): Words {
  const each = (node: Node, inLink = false): Words => {
    const children: Words = inside(node, inLink || node.type === "link" || node.type === "image");
    switch (node.type) {
      case "document":
        return children;
      case "paragraph":
        return [element("p", children)];
      case "heading":
        return [element(`h${Math.min(node.level + 2, 4)}`, children)];
      case "block_quote":
        return [element("blockquote", children)];
      case "list":
        return [
          node.listType === "bullet" ? element("ul", children) : element("ol", children, { start: node.listStart }),
        ];
      case "item":
        return [element("li", children)];
      case "code_block":
        return [element("pre", [node.literal!.replace(/\n$/, "")].filter(Boolean))];
      case "thematic_break":
        return [element("hr", [])];
      case "html_block":
        return [
          element(
            "p",
            node.literal!.split("\n").flatMap((line, at) => (at ? [element("br", []), line] : [line])),
          ),
        ];
      case "softbreak":
      case "linebreak":
        return [element("br", [])];
      case "emph":
        return [element("em", children)];
      case "strong":
        return [element("strong", children)];
      case "code":
        return [element("code", [node.literal!])];
      case "link":
      case "image":
        return link(decodeURI(node.destination!), children, inLink);
      default:
        return [node.literal ?? ""];
    }
  };
  const inside = (node: Node, inLink: boolean): Words => {
    const found: (Made | string)[] = [];
    for (let child = node.firstChild; child; child = child.next) found.push(...each(child, inLink));
    return found;
  };
  return each(new Parser().parse(markdown));
}

export function gfm(markdown: string): Words {
  const text = (source: string) => source.replace(/&(?:#\w+|\w+);/g, found => entity(found) ?? found);
  const all = (tokens: readonly Token[] | undefined, inLink = false): Words =>
    (tokens ?? []).flatMap(token => each(token as MarkedToken, inLink));
  const each = (token: MarkedToken, inLink: boolean): Words => {
    switch (token.type) {
      case "paragraph":
        return [element("p", all(token.tokens, inLink))];
      case "heading":
        return [element(`h${Math.min(token.depth + 2, 4)}`, all(token.tokens))];
      case "blockquote":
        return [element("blockquote", all(token.tokens))];
      case "list":
        return [
          token.ordered
            ? element("ol", token.items.map(item), { start: Number(token.start) })
            : element("ul", token.items.map(item)),
        ];
      case "code":
        return [element("pre", [token.text].filter(Boolean))];
      case "hr":
        return [element("hr", [])];
      case "br":
        return [element("br", [])];
      case "em":
      case "strong":
      case "del":
        return [element(token.type, all(token.tokens, inLink))];
      case "codespan":
        return [element("code", [token.text])];
      case "link":
        return link(text(token.href), all(token.tokens, true), inLink);
      case "image":
        return link(text(token.href), [token.text].filter(Boolean), inLink);
      case "table":
        return [
          element("div", [
            element(
              "table",
              [token.header, ...token.rows].map(row => element("tr", row.map(cell))),
            ),
          ]),
        ];
      case "text":
        return token.tokens
          ? all(token.tokens, inLink)
          : text(token.text)
              .split("\n")
              .flatMap((line, at) => (at ? [element("br", []), line] : [line]));
      case "escape":
        return [token.text];
      case "html":
        return [token.text];
      default:
        return [];
    }
  };
  const item = ({ tokens, task, checked }: Tokens.ListItem) =>
    element("li", [...(task ? [checked ? "☑ " : "☐ "] : []), ...all(tokens)]);
  const cell = ({ tokens, header, align }: Tokens.TableCell) =>
    element(header ? "th" : "td", all(tokens), align ? { align } : {});
  return all(lexer(markdown, { gfm: true, breaks: true }));
}
