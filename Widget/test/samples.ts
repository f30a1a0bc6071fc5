import { readFileSync } from "node:fs";
import type { Made, Words } from "../src/answer/pieces.ts";

/** `like`: the well-known parsers that read it the same; where none does, `because` says why. */
export type Sample = {
  readonly name: string;
  readonly markdown: string;
  readonly shown: string;
  readonly like: readonly ("commonmark" | "gfm")[];
  readonly because?: string;
};

/** The page that relative links of the samples are on. */
export const page = "https://shop.example/page";

/** What answers look like and what is shown of them: the portal is held to the same ones. */
export const samples: readonly Sample[] = JSON.parse(readFileSync("test/markdown-samples.json", "utf8"));

/** An answer as a line of text: its elements, and of their attributes only what they mean. */
export function written(words: Words): string {
  return words
    .map(node =>
      typeof node === "string"
        ? node.replace(/[&<>]/g, char => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[char]!)
        : tagged(node),
    )
    .join("");
}

function tagged({ tag, attributes, children }: Made): string {
  const shown = ["href", "start", "align"]
    .flatMap(name => (name in attributes ? [` ${name}="${attributes[name]}"`] : []))
    .join("");
  // A table scrolls in a box of its own.
  return tag === "div"
    ? written(children)
    : /^[bh]r$/.test(tag)
      ? `<${tag}>`
      : `<${tag}${shown}>${written(children)}</${tag}>`;
}
