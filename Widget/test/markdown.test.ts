import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseInline, type Inline } from "../src/inline.ts";
import { pretended, safeUrl } from "../src/links.ts";
import { parse, settled, type Block } from "../src/markdown.ts";

/** Text made of what Markdown cares about, which plain random text hardly ever hits. */
const tricky = fc.array(fc.oneof(
  fc.constantFrom("*", "**", "***", "_", "__", "~~", "`", "```", "[", "](", ")", "](https://a.example)", "![", "\\", "\n", "\n\n", "- ", "1. ", "> ", "# ", "|", "|---|\n", "    ", "<b>", "<br>", "https://b.example/", "a@b.example", " "),
  fc.string({ maxLength: 6 }),
), { maxLength: 60 }).map(parts => parts.join(""));

const text = (inline: Inline): string => "text" in inline ? inline.text : "children" in inline ? inline.children.map(text).join("") : "\n";
const words = (block: Block): string => "text" in block ? block.text : "children" in block ? block.children.map(text).join("")
  : "blocks" in block ? block.blocks.map(words).join(" ") : "items" in block ? block.items.flat().map(words).join(" ")
  : "rows" in block ? block.rows.flat(2).map(text).join(" ") : "";

test("emphasis, code and links are found", () => {
  assert.deepEqual(parseInline("a **b** *c* `d` [e](https://x.example)"), [
    { type: "text", text: "a " }, { type: "strong", children: [{ type: "text", text: "b" }] }, { type: "text", text: " " },
    { type: "em", children: [{ type: "text", text: "c" }] }, { type: "text", text: " " }, { type: "code", text: "d" }, { type: "text", text: " " },
    { type: "link", href: "https://x.example", children: [{ type: "text", text: "e" }] },
  ]);
});

test("bold and italic can stand around the same words", () => {
  assert.deepEqual(parseInline("***a***"), [{ type: "strong", children: [{ type: "em", children: [{ type: "text", text: "a" }] }] }]);
});

test("marks that are never closed stay the text they are", () => {
  for (const plain of ["2 * 3 * 4", "**open", "snake_case_name", "[not a link]", "a ` b", "*"]) assert.deepEqual(parseInline(plain), [{ type: "text", text: plain }]);
});

test("a bare address is a link without the full stop after it", () => {
  assert.deepEqual(parseInline("See https://a.example/x, or write to me@a.example."), [
    { type: "text", text: "See " }, { type: "link", href: "https://a.example/x", children: [{ type: "text", text: "https://a.example/x" }] },
    { type: "text", text: ", or write to " }, { type: "link", href: "mailto:me@a.example", children: [{ type: "text", text: "me@a.example" }] }, { type: "text", text: "." },
  ]);
});

test("an image is shown as a link to it, never loaded", () => {
  assert.deepEqual(parseInline("![cat](https://a.example/c.png)"), [{ type: "link", href: "https://a.example/c.png", children: [{ type: "text", text: "cat" }] }]);
});

test("HTML is text", () => {
  assert.deepEqual(parse("<img src=x onerror=alert(1)>"), [{ type: "p", children: [{ type: "text", text: "<img src=x onerror=alert(1)>" }] }]);
});

test("lists nest, keep their start and end at a new paragraph", () => {
  const [list, after] = parse("3. one\n4. two\n   - deep\n\n5. three\n\nAfter.");
  assert.equal(list?.type, "list");
  assert.equal(list.start, 3);
  assert.equal(list.items.length, 3);
  assert.equal(list.items[1]?.[1]?.type, "list");
  assert.equal(after?.type, "p");
});

test("a year at the start of a line in a paragraph is no list", () => {
  assert.equal(parse("We opened in\n1986. It rained.").length, 1);
});

test("code, quotes, headings, tables and rules are blocks", () => {
  const kinds = parse("# A\n> b\n\n```js\nc\n```\n\n| d | e |\n|---|---|\n| f | g |\n\n---").map(block => block.type);
  assert.deepEqual(kinds, ["heading", "blockquote", "code", "table", "hr"]);
});

test("code that is still being written is code already", () => {
  assert.deepEqual(parse("```\na **b**"), [{ type: "code", text: "a **b**" }]);
});

test("only web, mail and telephone addresses are links", () => {
  for (const bad of ["javascript:alert(1)", "JAVASCRIPT:alert(1)", "java\nscript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc", "//evil.example", "/\\evil.example", "https://me:secret@a.example", "blob:https://a", "nonsense"]) {
    assert.equal(safeUrl(bad, "https://shop.example/"), null, bad);
  }
  for (const good of ["https://a.example", "http://a.example", "mailto:a@b.example", "tel:+4930123"]) assert.ok(safeUrl(good), good);
  assert.equal(safeUrl("/returns", "https://shop.example/a")?.href, "https://shop.example/returns");
});

test("a link whose text names another host shows the real one", () => {
  assert.equal(pretended("www.bank.example", new URL("https://evil.example/")), "evil.example");
  assert.equal(pretended("bank.example", new URL("https://www.bank.example/x")), null);
  assert.equal(pretended("our guide", new URL("https://evil.example/")), null);
});

test("whatever comes in, no address but a safe one is ever a link to follow", () => {
  fc.assert(fc.property(tricky, markdown => {
    const visit = (inline: Inline): void => {
      if (inline.type === "link") assert.match(safeUrl(inline.href)?.protocol ?? "https:", /^(https?|mailto|tel):$/);
      if ("children" in inline) inline.children.forEach(visit);
    };
    parseInline(markdown).forEach(visit);
  }));
});

test("no letter or digit of an answer is lost", () => {
  const bag = (value: string) => [...value.replace(/[^\p{L}\p{N}]/gu, "")].sort().join("");
  fc.assert(fc.property(fc.array(fc.constantFrom("word", "zwei", "*", "**", "_", "`", "[", "]", "\n", "\n\n", "- ", "> ", " "), { maxLength: 40 }).map(parts => parts.join("")),
    markdown => assert.equal(bag(parse(markdown).map(words).join(" ")), bag(markdown))));
});

test("what is settled of a growing answer stays as it is, whatever follows", () => {
  fc.assert(fc.property(tricky, tricky, (start, more) => {
    const end = settled(start, 0);
    assert.ok(end <= start.length);
    assert.ok(settled(start + more, 0) >= end);
    assert.equal(settled(start + more, end), settled(start + more, 0));
  }));
});

test("a long answer costs no more than its length", () => {
  const worst = ["[", "![", "](", "*a", "_a ", "`", "`` ` ", "> ", "- ", "1. a\n", "|a|\n|-|\n", "a@", "https://", "**a*", "~~a", "[a](", "\\", "  - a\n", "```\n"];
  for (const piece of worst) {
    const started = performance.now();
    parse(piece.repeat(Math.ceil(64_000 / piece.length)));
    assert.ok(performance.now() - started < 1500, `${piece} took ${performance.now() - started} ms`);
  }
});
