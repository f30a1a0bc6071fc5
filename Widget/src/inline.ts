/** Makes what an answer consists of: elements for the screen, plain objects for a test. */
export type Maker<T> = {
  readonly element: (tag: string, children: readonly (T | string)[], attributes?: Readonly<Record<string, number>>) => T;
  readonly link: (href: string, children: readonly (T | string)[]) => readonly (T | string)[];
  /** A piece of code in lines of its own. */
  readonly code: (text: string) => T;
};

const deepest = 8;
const mostLinks = 100;

// Bounded everywhere, so that no answer costs more than its length: escapes, code, marks, brackets, an address behind
// brackets, line ends, bare web and mail addresses.
const token = /\\[!-/:-@[-`{-~]|`+|\*\*?|__?|~~|!?\[|\](?:\(\s*<?([^\s<>()]{1,2000}(?:\([^\s()]{0,200}\)[^\s<>()]{0,200})?)>?(?:\s+"[^"]{0,200}")?\s*\))?|\n|<br ?\/?>|https?:\/\/[^\s<>"`]{1,2000}|[\w.+-]{1,64}@[a-z\d-]{1,63}\.[a-z\d.-]{2,63}/gi;

/** Reads the words of one paragraph: one pass, a stack of open marks, and whatever stays open is plain text. */
export function inline<T>(source: string, { element, link }: Maker<T>): (T | string)[] {
  type Words = (T | string)[];
  const stack: [mark: string, children: Words][] = [["", []]];
  const tokens = new RegExp(token);
  let links = 0;

  const top = () => stack.at(-1)!;
  const isOpen = (mark: string) => stack.some(frame => frame[0] === mark);
  const add = (node: T | string) => {
    const children = top()[1];
    const last = children.at(-1);
    if (typeof node === "string" && typeof last === "string") children[children.length - 1] = last + node;
    else if (node) children.push(node);
  };
  // Marks that were opened and never closed become the text they were.
  const unwind = (mark: string) => {
    while (top()[0] !== mark) [...stack.pop()!].flat().forEach(node => add(node));
  };
  const close = (mark: string) => {
    unwind(mark);
    return stack.pop()![1];
  };
  const addLink = (href: string, children: Words) => {
    links++;
    link(href, children).forEach(add);
  };

  for (let at = 0; at <= source.length;) {
    tokens.lastIndex = at;
    const hit = tokens.exec(source);
    add(source.slice(at, hit?.index));
    if (!hit) break;
    let mark = hit[0];
    const first = mark[0]!;
    const before = source[hit.index - 1] ?? " ";
    at = tokens.lastIndex;

    if (first === "\\") add(mark.slice(1));
    else if (mark === "\n" || first === "<") add(element("br", []));
    else if (first === "`") {
      const end = codeEnd(source, at, mark.length);
      if (end < 0) add(mark);
      else {
        add(element("code", [source.slice(at, end).replace(/\n/g, " ").trim()]));
        at = end + mark.length;
      }
    } else if (/^[*_~]/.test(mark)) {
      if (top()[0] === first) mark = first;
      at = hit.index + mark.length;
      const after = source[at] ?? " ";
      if (first === "_" && /[\p{L}\d]{2}/u.test(before + after)) add(mark);
      else if (/\S/.test(before) && isOpen(mark)) add(element(mark === "~~" ? "del" : mark[1] ? "strong" : "em", close(mark)));
      else if (/\S/.test(after) && stack.length < deepest) stack.push([mark, []]);
      else add(mark);
    } else if (mark.endsWith("[") && stack.length < deepest && !isOpen("[")) stack.push(["[", []]);
    else if (first === "]" && isOpen("[")) {
      if (hit[1] && links < mostLinks) addLink(hit[1], close("["));
      else {
        // Without an address the brackets are just brackets.
        const children = close("[");
        ["[", ...children, "]"].forEach(add);
        at = hit.index + 1;
      }
    } else if (/^[\w.+]/.test(mark) && !/[\w@]/.test(before) && !isOpen("[") && links < mostLinks) {
      const address = mark.replace(/[).,;:!?'"*_~\]]{1,20}$/, "");
      at = hit.index + address.length;
      addLink(/^https?:/i.test(address) ? address : `mailto:${address}`, [address]);
    } else add(mark);
  }
  unwind("");
  return top()[1];
}

/** Where a code span of so many backticks ends, or -1; a span is short, so the search for its end is too. */
function codeEnd(source: string, from: number, length: number): number {
  for (const { index, 0: ticks } of source.slice(from, from + 2000).matchAll(/`+/g)) if (ticks.length === length) return from + index;
  return -1;
}
