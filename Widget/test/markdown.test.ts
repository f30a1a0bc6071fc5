import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { inline } from "../src/answer/inline.ts";
import type { Made } from "../src/answer/pieces.ts";
import { pretended, safeUrl } from "../src/answer/links.ts";
import { parse, settled } from "../src/answer/markdown.ts";
import { commonmark, comparable, gfm } from "./reference.ts";
import { page, samples, written } from "./samples.ts";

const words = (source: string) => inline(source);
const blocks = (source: string) => parse(source);
const made = (tag: string, ...children: (Made | string)[]): Made => ({ tag, attributes: {}, children });
const linked = (href: string, ...children: string[]): Made => ({
  tag: "a",
  attributes: { href: new URL(href).href },
  children,
});

/** Text made of what Markdown cares about, which plain random text hardly ever hits. */
const tricky = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "*",
        "**",
        "***",
        "_",
        "__",
        "~~",
        "`",
        "```",
        "[",
        "](",
        ")",
        "](https://a.example)",
        "![",
        "\\",
        "\n",
        "\n\n",
        "- ",
        "1. ",
        "> ",
        "# ",
        "|",
        "|---|\n",
        "    ",
        "<b>",
        "<br>",
        "https://b.example/",
        "a@b.example",
        " ",
      ),
      fc.string({ maxLength: 6 }),
    ),
    { maxLength: 60 },
  )
  .map(parts => parts.join(""));

const text = (node: Made | string): string => (typeof node === "string" ? node : node.children.map(text).join(" "));

for (const { name, markdown, shown, like, because } of samples) {
  test(`as everybody reads it: ${name}`, () => {
    assert.equal(written(parse(markdown, page)), shown);
    for (const parser of like)
      assert.equal(comparable(parse(markdown, page)), comparable({ commonmark, gfm }[parser](markdown)), parser);
    assert.ok(like.length || because);
  });
}

test("whatever comes in is read as CommonMark reads it", () => {
  const pieces = fc
    .array(
      fc.constantFrom(
        ..."*,**,***,_,__,`,``,[,](/u),![,],\n,\n\n,- ,1. ,2. ,+ ,> ,# ,## ,   ,    ,---\n,===\n,&amp;, ,a,b c,word,.,é,(,),```\n".split(
          ",",
        ),
      ),
      { maxLength: 24 },
    )
    .map(parts => parts.join(""));
  // Spaces at the end of a line are nothing in a chat.
  const read = (words: ReturnType<typeof commonmark>) => comparable(words).replace(/\s+(?=<)/g, "");
  fc.assert(
    fc.property(pieces, markdown => assert.equal(read(parse(markdown, page)), read(commonmark(markdown)))),
    { numRuns: 2000 },
  );
});

test("emphasis, code and links are found", () => {
  assert.deepEqual(words("a **b** *c* `d` ~~e~~ [f](https://x.example)"), [
    "a ",
    made("strong", "b"),
    " ",
    made("em", "c"),
    " ",
    made("code", "d"),
    " ",
    made("del", "e"),
    " ",
    linked("https://x.example", "f"),
  ]);
});

test("bold and italic can stand around the same words", () => {
  assert.deepEqual(words("***a***"), [made("em", made("strong", "a"))]);
});

test("marks that are never closed stay the text they are", () => {
  for (const source of ["2 * 3 * 4", "**open", "snake_case_name", "[not a link]", "a ` b", "*"])
    assert.deepEqual(words(source), [source]);
});

test("a bare address is a link without the full stop after it", () => {
  assert.deepEqual(words("See https://a.example/x, or write to me@a.example."), [
    "See ",
    linked("https://a.example/x", "https://a.example/x"),
    ", or write to ",
    linked("mailto:me@a.example", "me@a.example"),
    ".",
  ]);
});

test("an image is shown as a link to it, never loaded", () => {
  assert.deepEqual(words("![cat](https://a.example/c.png)"), [linked("https://a.example/c.png", "cat")]);
});

test("HTML is text", () => {
  assert.deepEqual(blocks("<img src=x onerror=alert(1)>"), [made("p", "<img src=x onerror=alert(1)>")]);
});

test("lists nest, keep their start and end at a new paragraph", () => {
  const [list, after] = blocks("3. one\n4. two\n   - deep\n\n5. three\n\nAfter.");
  assert.equal(list?.tag, "ol");
  assert.equal(list.attributes["start"], 3);
  assert.equal(list.children.length, 3);
  assert.equal(((list.children[1] as Made).children[1] as Made).tag, "ul");
  assert.equal(after?.tag, "p");
});

test("a year at the start of a line in a paragraph is no list", () => {
  assert.equal(blocks("We opened in\n1986. It rained.").length, 1);
});

test("code, quotes, headings, tables and rules are blocks", () => {
  const kinds = blocks("# A\n> b\n\n```js\nc\n```\n\n| d | e |\n|---|---|\n| f | g |\n\n---").map(block => block.tag);
  assert.deepEqual(kinds, ["h3", "blockquote", "pre", "div", "hr"]);
});

test("every row of a table has the columns of its head", () => {
  const [scroller] = blocks("| a | b |\n|---|---|\n| 1 |\n| 1 | 2 | 3 |");
  const [table] = scroller!.children as Made[];
  assert.deepEqual(
    table!.children,
    [
      made("tr", made("th", "a"), made("th", "b")),
      made("tr", made("td", "1"), made("td", "")),
      made("tr", made("td", "1"), made("td", "2")),
    ].map(row => ({
      ...row,
      children: row.children.map(cell => ({ ...(cell as Made), children: (cell as Made).children.filter(Boolean) })),
    })),
  );
});

test("headings start below those of the page, and have two levels", () => {
  assert.deepEqual(
    blocks("# a\n## b\n###### c").map(block => block.tag),
    ["h3", "h4", "h4"],
  );
});

test("code that is still being written is code already", () => {
  assert.deepEqual(blocks("```\na **b**"), [made("pre", "a **b**")]);
});

test("only web, mail and telephone addresses are links", () => {
  for (const bad of [
    "javascript:alert(1)",
    "JAVASCRIPT:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "file:///etc",
    "//evil.example",
    "/\\evil.example",
    "https://me:secret@a.example",
    "blob:https://a",
    "nonsense",
  ]) {
    assert.equal(safeUrl(bad, "https://shop.example/"), null, bad);
  }
  for (const good of ["https://a.example", "http://a.example", "mailto:a@b.example", "tel:+4930123"])
    assert.ok(safeUrl(good), good);
  assert.equal(safeUrl("/returns", "https://shop.example/a")?.href, "https://shop.example/returns");
});

test("a link whose text names another host shows the real one", () => {
  assert.equal(pretended("www.bank.example", new URL("https://evil.example/")), "evil.example");
  assert.equal(pretended("bank.example", new URL("https://www.bank.example/x")), null);
  assert.equal(pretended("our guide", new URL("https://evil.example/")), null);
});

test("whatever comes in, it becomes elements that only show", () => {
  const harmless = /^(p|h[3-6]|ul|ol|li|blockquote|hr|br|strong|em|del|code|pre|table|tr|th|td|div|a)$/;
  fc.assert(
    fc.property(tricky, markdown => {
      const visit = (node: Made | string): void => {
        if (typeof node === "string") return;
        assert.match(node.tag, harmless);
        assert.deepEqual(
          Object.keys(node.attributes).filter(name => !["href", "start", "align", "tabindex"].includes(name)),
          [],
        );
        node.children.forEach(visit);
      };
      blocks(markdown).forEach(visit);
    }),
  );
});

test("no letter or digit of an answer is lost", () => {
  const bag = (value: string) => [...value.replace(/[^\p{L}\p{N}]/gu, "")].sort().join("");
  fc.assert(
    fc.property(
      fc
        .array(fc.constantFrom("word", "zwei", "*", "**", "_", "`code`", "[", "]", "\n", "\n\n", "- ", "> ", " "), {
          maxLength: 40,
        })
        .map(parts => parts.join("")),
      markdown => assert.equal(bag(blocks(markdown).map(text).join(" ")), bag(markdown)),
    ),
  );
});

test("what is settled of a growing answer stays as it is, whatever follows", () => {
  fc.assert(
    fc.property(tricky, tricky, (start, more) => {
      const end = settled(start);
      assert.ok(end <= start.length);
      assert.ok(settled(start + more) >= end);
      assert.equal(end + settled((start + more).slice(end)), settled(start + more));
      // Apart from links that are described elsewhere.
      if (!/\]:/.test(start + more))
        assert.deepEqual([...blocks(start.slice(0, end)), ...blocks((start + more).slice(end))], blocks(start + more));
    }),
  );
});

test("a long answer costs no more than its length", () => {
  const worst = [
    "[",
    "![",
    "](",
    "*a",
    "_a ",
    "`",
    "`` ` ",
    "> ",
    "- ",
    "1. a\n",
    "|a|\n|-|\n",
    "a@",
    "https://",
    "**a*",
    "~~a",
    "[a](",
    "\\",
    "  - a\n",
    "```\n",
    "- ",
    ">",
    "1. ",
    "\n",
    "  \n",
    " ",
    "\t",
    "&amp;",
    "<a:",
    "](<",
    '[]("',
    "[a]: b\n",
    "[a][",
    "# #",
    "- - ",
    "|",
    "a|b\n-|-\n|\n",
    "\\|",
    "*_~",
    "www.",
    "https://a[",
    "https://a)",
    "。**a",
  ];
  // By the processor's time, which other programs do not spend: four times the length costs four times as much, and sixteen if each part looks at all others.
  const cost = (piece: string, length: number) => {
    const started = process.cpuUsage();
    blocks(piece.repeat(Math.ceil(length / piece.length)));
    const { user, system } = process.cpuUsage(started);
    return (user + system) / 1000;
  };
  for (const piece of worst) {
    // The compiler and the collector work at times of their own.
    const [short, long] = [cost(piece, 16_000), Math.min(cost(piece, 64_000), cost(piece, 64_000))];
    assert.ok(long < 300 + 10 * short, `${piece} took ${short} ms, and ${long} ms for four times as much`);
  }
});
