import assert from "node:assert/strict";
import { test } from "node:test";
import { h, set } from "../src/dom.ts";

/** As much of a document as an answer needs, which counts elements and letters that are put into it. */
let made = 0;
let letters = 0;
class Page {
  children: (Page | string)[] = [];
  parent: Page | null = null;
  attributes: Record<string, string> = {};
  readonly tag: string;

  constructor(tag: string) {
    this.tag = tag;
    made++;
  }

  append(...nodes: (Page | string)[]): void {
    for (const node of nodes) {
      if (node instanceof Page) node.parent = this;
      else letters += node.length;
    }
    this.children.push(...nodes);
  }

  replaceChildren(...nodes: (Page | string)[]): void {
    this.children = [];
    this.append(...nodes);
  }

  remove(): void {
    if (this.parent) this.parent.children = this.parent.children.filter(node => node !== this);
  }

  setAttribute(name: string, value: string): void {
    this.attributes[name] = value;
  }

  removeAttribute(name: string): void {
    delete this.attributes[name];
  }

  get textContent(): string {
    return this.children.map(node => (typeof node === "string" ? node : node.textContent)).join("");
  }
}
Object.assign(globalThis, { Node: Page, document: { createElement: (tag: string) => new Page(tag) }, customElements: { get: () => ({ kit: { h, set } }) }, location: { href: "https://shop.test/" } });
const { createAnswer } = await import("../src/render.ts");

const lines = (count: number, line: (n: number) => string) => Array.from({ length: count }, (_, n) => line(n)).join("\n");
/** Some 16,000 characters of each kind, the last four without an empty line anywhere. */
const answers: Record<string, string> = {
  paragraphs: lines(200, n => `Paragraph ${n} says what it has to say, with **some** weight and a [link](https://a.example/${n}).\n`),
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
    for (const number of words(answer.replace(/https:\S+|^\d+\. /gm, "")).split(" ")) assert.ok(shown.includes(number), number);
    for (let at = 0; at < answer.length; at += 40) view.show(answer.slice(0, at), true);
    view.show(answer, false);
    const fresh = createAnswer(() => null);
    fresh.show(answer, false);
    assert.deepEqual(JSON.stringify(view.element, (key, value) => (key === "parent" ? undefined : value)), JSON.stringify(fresh.element, (key, value) => (key === "parent" ? undefined : value)));
  });
}

test("what a screen reader is told has a space between its lines", () => {
  const view = createAnswer(() => null);
  view.show("# Returns\nWe collect it from your home.\n\n- Not through the door?\n- **Otherwise** it costs\n\n| a | b |\n|---|---|\n| c | d |", false);
  assert.equal(view.element.textContent!.replace(/\s+/g, " ").trim(), "Returns We collect it from your home. Not through the door? Otherwise it costs a b c d");
});
