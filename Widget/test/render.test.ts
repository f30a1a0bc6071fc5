import assert from "node:assert/strict";
import { test } from "node:test";
import { h, set } from "../src/dom.ts";

/** As much of a document as an answer needs, which counts elements and letters that are put into it. */
let made = 0;
let letters = 0;
class Page {
  childNodes: Page[] = [];
  parent: Page | null = null;
  attributes: Record<string, string> = {};
  readonly tag: string;
  /** Of a text. */
  text = "";

  constructor(tag: string) {
    this.tag = tag;
    if (tag) made++;
  }

  set data(text: string) {
    letters += text.length;
    this.text = text;
  }

  appendData(text: string): void {
    letters += text.length;
    this.text += text;
  }

  append(...nodes: (Page | string)[]): void {
    this.childNodes.push(...nodes.map(node => this.adopt(node)));
  }

  after(...nodes: (Page | string)[]): void {
    const siblings = this.parent!.childNodes;
    siblings.splice(siblings.indexOf(this) + 1, 0, ...nodes.filter(Boolean).map(node => this.parent!.adopt(node)));
  }

  replaceWith(node: Page | string): void {
    const siblings = this.parent!.childNodes;
    siblings[siblings.indexOf(this)] = this.parent!.adopt(node);
    this.parent = null;
  }

  insertBefore(node: Page | string, next: Page | null | undefined): void {
    const at = next ? this.childNodes.indexOf(next) : this.childNodes.length;
    this.childNodes.splice(at, 0, this.adopt(node));
  }

  remove(): void {
    const siblings = this.parent!.childNodes;
    siblings.splice(siblings.indexOf(this), 1);
    this.parent = null;
  }

  setAttribute(name: string, value: string): void {
    this.attributes[name] = value;
  }

  removeAttribute(name: string): void {
    delete this.attributes[name];
  }

  querySelectorAll(tag: string): Page[] {
    return this.childNodes.flatMap(node => [...(node.tag === tag ? [node] : []), ...node.querySelectorAll(tag)]);
  }

  querySelector(tag: string): Page | undefined {
    return this.querySelectorAll(tag)[0];
  }

  get textContent(): string {
    return this.text + this.childNodes.map(node => node.textContent).join("");
  }

  private adopt(node: Page | string): Page {
    const child = typeof node === "string" ? new Page("") : node;
    if (typeof node === "string") child.data = node;
    child.parent = this;
    return child;
  }
}
const drawn = (node: Page): string =>
  node.tag
    ? `<${node.tag}${Object.entries(node.attributes)
        .map(([name, value]) => ` ${name}=${value}`)
        .join("")}>${node.childNodes.map(drawn).join("")}</>`
    : node.text;
Object.assign(globalThis, {
  Node: Page,
  document: {
    createElement: (tag: string) => new Page(tag),
    createTextNode: (text: string) => Object.assign(new Page(""), { data: text }),
  },
  customElements: { get: () => ({ _dependencies: { h, set } }) },
  location: { href: "https://shop.test/" },
});
const { createAnswer } = await import("../src/answer/render.ts");
/** The page as the test has it of an answer. */
const pageOf = (view: { readonly element: unknown }) => view.element as Page;

const lines = (count: number, line: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => line(n)).join("\n");
/** Some 16,000 characters of each kind, the last four without an empty line anywhere. */
const answers: Record<string, string> = {
  paragraphs: lines(
    200,
    n => `Paragraph ${n} says what it has to say, with **some** weight and a [link](https://a.example/${n}).\n`,
  ),
  list: lines(400, n => `- Item ${n} is about the same as those before it`),
  "numbered list": lines(400, n => `${n + 1}. Item ${n} is about the same as those before it`),
  table: `| Number | Name | Price |\n|---|---|---|\n${lines(400, n => `| ${n} | Product number ${n} | ${n} euros |`)}`,
  code: `\`\`\`js\n${lines(400, n => `const variable${n} = compute(${n}, "a text");`)}\n\`\`\``,
};

/** How many elements and letters it takes to show an answer that comes in pieces, and the most elements for one piece. */
function grow(answer: string, length: number): { total: number; most: number; letters: number; text: string } {
  const view = createAnswer(() => null);
  let [total, most] = [0, 0];
  letters = 0;
  for (let at = 0; at < length; at += 40) {
    made = 0;
    view.show(answer.slice(0, at), true);
    total += made;
    most = Math.max(most, made);
  }
  view.show(answer.slice(0, length), true);
  return { total, most, letters, text: view.element.textContent! };
}

for (const [kind, answer] of Object.entries(answers)) {
  test(`a long answer that grows costs no more at its end than at its beginning: ${kind}`, () => {
    const [half, whole] = [grow(answer, 8000), grow(answer, 16_000)];
    assert.ok(whole.total < half.total * 2.3, `${half.total} elements for a half, ${whole.total} for the whole`);
    assert.ok(whole.letters < half.letters * 2.3, `${half.letters} letters for a half, ${whole.letters} for the whole`);
    assert.ok(whole.most < 250, `${whole.most} elements for one piece`);
  });

  test(`a long answer that grows shows all of it, in the end as if it had come whole: ${kind}`, () => {
    const view = createAnswer(() => null);
    const words = (text: string) => text.match(/\d+/g)!.join(" ");
    const shown = grow(answer, answer.length).text;
    // A table's head stands above each of its pieces.
    for (const number of words(answer.replace(/https:\S+|^\d+\. /gm, "")).split(" "))
      assert.ok(shown.includes(number), number);
    for (let at = 0; at < answer.length; at += 40) view.show(answer.slice(0, at), true);
    view.show(answer, false);
    const fresh = createAnswer(() => null);
    fresh.show(answer, false);
    assert.equal(drawn(pageOf(view)), drawn(pageOf(fresh)));
  });
}

test("what a screen reader is told has a space between its lines", () => {
  const view = createAnswer(() => null);
  view.show(
    "# Returns\nWe collect it from your home.\n\n- Not through the door?\n- **Otherwise** it costs\n\n| a | b |\n|---|---|\n| c | d |",
    false,
  );
  assert.equal(
    view.element.textContent!.replace(/\s+/g, " ").trim(),
    "Returns We collect it from your home. Not through the door? Otherwise it costs a b c d",
  );
});

test("what is drawn of a growing answer stays the same element, and its text the same text, when it has come to its end", () => {
  const answer = `${answers["paragraphs"]!.slice(0, 1000)}\n\n1. One **two** three\n\n2. Four\n\n${answers["code"]!.slice(0, 2000)}\n\`\`\`\n\n${answers["table"]!.slice(0, 3000)}`;
  const view = createAnswer(() => new Page("button") as never);
  const all = (node: Page): Page[] => [node, ...node.childNodes.flatMap(all)];
  for (let at = 0; at < answer.length; at += 7) view.show(answer.slice(0, at), true);
  const before = all(pageOf(view));
  view.show(answer, false);
  const after = new Set(all(pageOf(view)));
  // Only the unfinished last line may be drawn anew.
  assert.ok(
    before.filter(node => !after.has(node)).length < 8,
    `${before.filter(node => !after.has(node)).length} of ${before.length}`,
  );
});

test("while half an emoji has come, none is shown", () => {
  const view = createAnswer(() => null);
  view.show("Yes \ud83d", true);
  assert.equal(view.element.textContent!.trim(), "Yes");
  view.show("Yes \ud83d\ude00", true);
  assert.equal(view.element.textContent!.trim(), "Yes \ud83d\ude00");
});

test("each block has the direction of its words, and its first word does not decide", () => {
  const view = createAnswer(() => null);
  const turned = (markdown: string) => {
    view.show(markdown, false);
    return pageOf(view).childNodes.map(node => node.attributes["dir"]);
  };
  assert.deepEqual(turned("iPhone متوفر الآن في المتجر\n\nIt is in stock.\n\n- نعم\n- لا\n\n123"), [
    "rtl",
    "ltr",
    "rtl",
    undefined,
  ]);
  assert.deepEqual(turned("https://shop.example/a/very/long/address\nتفضل\n\nThe word شكرا means thank you"), [
    "rtl",
    "ltr",
  ]);
});

test("what is nothing but marks at the end of a growing answer waits until it is known what it is", () => {
  const view = createAnswer(() => null);
  const tags = (markdown: string) => {
    view.show(markdown, true);
    return pageOf(view)
      .childNodes.map(node => node.tag)
      .join(" ");
  };
  assert.deepEqual(["Choose:\n-", "Choose:\n- a", "Choose:\n- a\n\n|", "Choose:\n- a\n\n| a |\n|--"].map(tags), [
    "p",
    "p ul",
    "p ul",
    "p ul p",
  ]);
});
